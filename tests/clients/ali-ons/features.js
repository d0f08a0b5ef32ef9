'use strict';
// Broadcast, delay levels, filters by tag and retries with a client of another maker, all at once: each has its own topic.
// node features.js '{"nameServers":["127.0.0.1:9876"],"topics":{"broadcast":"B","delay":"D","tags":"T","retry":"R"},"timeoutMs":60000}'
// Last line on stdout: one JSON object with what each saw, and how long it took in ms.

const { Message } = require('ali-ons');
const { startProducer, newConsumer, until } = require('./client');

async function send(producer, topic, tag, body, level) {
  const message = new Message(topic, tag, body);
  if (level) message.delayTimeLevel = level;
  const result = await producer.send(message);
  if (result.sendStatus !== 'SEND_OK') throw new Error(`${body}: ${result.sendStatus}`);
  return result;
}

/** A consumer that hands on what it gets, and counts what brokers gave it before it looks at the tags itself. */
function consume(context, name, expression, more, handler) {
  const topic = context.options.topics[context.feature];
  const consumer = newConsumer(context.options.nameServers, `${context.feature}-${name}`, `GID_${topic}`, { pollNameServerInteval: 1000, ...more });
  consumer.on('error', err => context.errors.push(err.message));
  const pull = consumer.pullKernelImpl.bind(consumer);
  consumer.pulled = 0;
  consumer.pullKernelImpl = async (...args) => {
    const result = await pull(...args);
    if (args[0].topic === topic) consumer.pulled += (result.msgFoundList || []).length;
    return result;
  };
  consumer.subscribe(topic, expression, handler);
  context.consumers.push(consumer);
  return consumer;
}

const features = {
  async broadcast(context, producer, topic, deadline) {
    const seen = [ [], [] ];
    seen.forEach((mine, index) => consume(context, `consumer${index}`, '*', { isBroadcast: true }, async message => { mine.push(message.body.toString()); }));
    const sent = Array.from({ length: 40 }, (_, number) => `broadcast ${number}`);
    await Promise.all(sent.map(body => send(producer, topic, 'any', body)));
    await until(() => seen.every(mine => mine.length >= sent.length), deadline);
    return seen.map(mine => ({ deliveries: mine.length, missing: sent.filter(body => !mine.includes(body)) }));
  },

  async delay(context, producer, topic, deadline) {
    const arrived = {};
    consume(context, 'consumer', '*', {}, async message => { (arrived[message.body.toString()] ||= []).push(Date.now()); });
    const sent = {};
    for (const level of [ 0, 1, 2 ]) {
      sent[`level ${level}`] = Date.now();
      await send(producer, topic, 'any', `level ${level}`, level);
    }
    await until(() => Object.keys(arrived).length === 3, deadline);
    return Object.entries(sent).map(([ body, at ]) => ({ body, tookMs: (arrived[body] || []).map(then => then - at) }));
  },

  async tags(context, producer, topic, deadline) {
    const got = [];
    const consumer = consume(context, 'consumer', 'red || blue', {}, async message => { got.push(message.tags); });
    for (let number = 0; number < 30; number++) await send(producer, topic, [ 'red', 'green', 'blue' ][number % 3], `tagged ${number}`);
    await until(() => got.length >= 20, deadline);
    return { red: got.filter(tag => tag === 'red').length, green: got.filter(tag => tag === 'green').length, blue: got.filter(tag => tag === 'blue').length, pulled: consumer.pulled };
  },

  async retry(context, producer, topic, deadline) {
    const deliveries = [];
    consume(context, 'consumer', '*', {}, async message => {
      deliveries.push({ body: message.body.toString(), topic: message.topic, reconsumeTimes: message.reconsumeTimes, origin: message.originMessageId || message.msgId, at: Date.now() });
      if (message.reconsumeTimes === 0) throw new Error('not this time');
    });
    await send(producer, topic, 'any', 'try again');
    await until(() => deliveries.length >= 2, deadline);
    return deliveries.map(({ at, ...delivery }) => ({ ...delivery, afterMs: at - deliveries[0].at }));
  },
};

async function run(options, feature, producer) {
  const began = Date.now();
  const context = { options, feature, consumers: [], errors: [] };
  const result = await features[feature](context, producer, options.topics[feature], began + options.timeoutMs);
  const tookMs = Date.now() - began;
  await Promise.all(context.consumers.map(consumer => consumer.close()));
  return [ feature, { result, errors: context.errors, tookMs } ];
}

(async () => {
  const options = { timeoutMs: 60000, ...JSON.parse(process.argv[2]) };
  const producer = await startProducer(options.nameServers, 'features-producer', 'GID_features_producer');
  const results = await Promise.all(Object.keys(options.topics).map(feature => run(options, feature, producer)));
  await producer.close();
  console.log(JSON.stringify(Object.fromEntries(results)));
  process.exit(0);
})().catch(err => {
  console.error(err);
  process.exit(1);
});
