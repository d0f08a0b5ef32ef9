'use strict';
// Sends messages of all four kinds through a proxy with Apache's own client and consumes them.
// node scenario.js '{"endpoints":"127.0.0.1:8081","topics":{"normal":"N","fifo":"F","delay":"D","transaction":"T"},"group":"G","orderedGroup":"O","messages":50,"timeoutMs":60000}'
// Last line on stdout: one JSON object with what was sent and what came.

const { Producer, SimpleConsumer, PushConsumer, ConsumeResult } = require('rocketmq-client-nodejs');

const quiet = { debug() {}, info() {}, warn() {}, error(...args) { console.error(...args); }, close() {} };
const COMMIT = 1;
const started = Date.now();

// Tells on stderr what is being done, so that a scenario which doesn't end says where it stands.
const step = name => console.error(`${((Date.now() - started) / 1000).toFixed(1)} s: ${name}`);

async function sendAll(options) {
  const { normal, fifo, delay, transaction } = options.topics;
  const checked = [];
  // One topic at its start: with more, this client may miss the settings that it waits for (they come while it still asks for
  // the next topic's route) and hangs until it asks for them again, five minutes later.
  const producer = new Producer({
    endpoints: options.endpoints,
    topics: [ transaction ],
    logger: quiet,
    checker: {
      async check(message) {
        checked.push(message.body.toString());
        return COMMIT;
      },
    },
  });
  step('producer starts');
  await producer.startup();
  step('sends');
  const body = text => Buffer.from(text);
  await Promise.all(Array.from({ length: options.messages }, (_, i) =>
    producer.send({ topic: normal, tag: 'n', keys: [ `key-${i}` ], properties: new Map([[ 'number', `${i}` ]]), body: body(`normal ${i} ✓`) })));
  step('sends in order');
  for (let i = 0; i < options.messages; i++) await producer.send({ topic: fifo, messageGroup: `g${i % 3}`, body: body(`fifo ${i}`) });
  step('sends for later');
  const due = Date.now() + 3000;
  const delayed = await producer.send({ topic: delay, deliveryTimestamp: new Date(due), body: body('delayed') });
  const dropped = await producer.send({ topic: delay, deliveryTimestamp: new Date(due), body: body('recalled') });
  await producer.recallMessage(delay, dropped.recallHandle);
  step('sends in transactions');
  for (const end of [ 'commit', 'rollback', 'orphan' ]) {
    const work = producer.beginTransaction();
    await producer.send({ topic: transaction, body: body(end) }, work);
    if (end === 'commit') await work.commit();
    if (end === 'rollback') await work.rollback();
  }
  let refused = '';
  try {
    await producer.send({ topic: fifo, body: body('of no group') });
  } catch (err) {
    refused = err.message;
  }
  step('waits for the orphan to be checked');
  const deadline = Date.now() + options.timeoutMs;
  while (checked.length === 0 && Date.now() < deadline) await new Promise(resolve => setTimeout(resolve, 50));
  return { producer, due, hasRecallHandle: delayed.recallHandle.length > 0, checked, refused };
}

async function receive(options, topic, group, count) {
  const consumer = new SimpleConsumer({
    endpoints: options.endpoints, consumerGroup: group, subscriptions: new Map([[ topic, '*' ]]), awaitDuration: 5000, logger: quiet,
  });
  step(`consumer of ${topic} starts`);
  await consumer.startup();
  step('receives');
  const got = [];
  const deadline = Date.now() + options.timeoutMs;
  while (got.length < count && Date.now() < deadline) {
    for (const message of await consumer.receive(16, 20000)) {
      got.push({ body: message.body.toString(), at: Date.now(), group: message.messageGroup, corrupted: !!message.corrupted, attempt: message.deliveryAttempt });
      await consumer.ack(message);
    }
  }
  step('consumer stops');
  await consumer.shutdown();
  return got;
}

async function push(options, topic, group, count) {
  const got = [];
  const consumer = new PushConsumer({
    endpoints: options.endpoints, consumerGroup: group, subscriptions: new Map([[ topic, '*' ]]), logger: quiet,
    messageListener: {
      async consume(message) {
        got.push(message.body.toString());
        return ConsumeResult.SUCCESS;
      },
    },
  });
  step(`push consumer of ${topic} starts`);
  await consumer.startup();
  step('is pushed');
  const deadline = Date.now() + options.timeoutMs;
  while (got.length < count && Date.now() < deadline) await new Promise(resolve => setTimeout(resolve, 50));
  step('push consumer stops');
  await consumer.shutdown();
  return got;
}

(async () => {
  const options = JSON.parse(process.argv[2]);
  const { producer, ...sent } = await sendAll(options);
  const { normal, fifo, delay, transaction } = options.topics;
  const received = {
    normal: await receive(options, normal, options.group, options.messages),
    fifo: await receive(options, fifo, options.orderedGroup, options.messages),
    delay: await receive(options, delay, options.group, 1),
    transaction: await receive(options, transaction, options.group, 2),
    pushed: await push(options, normal, options.pushGroup, options.messages),
  };
  step('producer stops');
  await producer.shutdown();
  step('done');
  console.log(JSON.stringify({ sent, received }));
  process.exit(0);
})().catch(err => {
  console.error(err);
  process.exit(1);
});
