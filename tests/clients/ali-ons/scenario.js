'use strict';
// Sends numbered messages and consumes them with a client of another maker.
// node scenario.js '{"nameServers":["127.0.0.1:9876"],"topic":"T","messages":1000,"rounds":2,"consumers":2,"timeoutMs":60000}'
// Last line on stdout: one JSON object with what was sent, by whom it was stored, and what each consumer got.

const { Message } = require('ali-ons');
const { startProducer, newConsumer, until } = require('./client');

async function sendAll(options) {
  const producer = await startProducer(options.nameServers, 'producer', `GID_${options.topic}_producer`);
  const byBroker = {};
  const failed = [];
  let next = 0;
  await Promise.all(Array.from({ length: 16 }, async () => {
    while (next < options.messages) {
      const number = next++;
      const message = new Message(options.topic, number % 2 ? 'odd' : 'even', `message ${number} ✓`);
      message.keys = [ `key-${number}` ];
      try {
        const result = await producer.send(message);
        if (result.sendStatus !== 'SEND_OK') failed.push(`${number}: ${result.sendStatus}`);
        const broker = result.messageQueue.brokerName;
        byBroker[broker] = (byBroker[broker] || 0) + 1;
      } catch (err) {
        failed.push(`${number}: ${err.message}`);
      }
    }
  }));
  await producer.close();
  return { byBroker, failed };
}

async function consumeAll(options, round) {
  const seen = Array.from({ length: options.consumers }, () => new Map());
  const consumers = seen.map((mine, index) => {
    const consumer = newConsumer(options.nameServers, `round${round}-consumer${index}`, `GID_${options.topic}_${round}`);
    consumer.on('error', err => console.error(`consumer ${index}:`, err.message));
    consumer.subscribe(options.topic, '*', async message => {
      const body = message.body.toString();
      mine.set(body, (mine.get(body) || 0) + 1);
    });
    return consumer;
  });
  await Promise.all(consumers.map(consumer => consumer.ready()));
  const deadline = Date.now() + options.timeoutMs;
  const distinct = () => new Set(seen.flatMap(mine => [ ...mine.keys() ]));
  await until(() => distinct().size >= options.messages, deadline);
  await Promise.all(consumers.map(consumer => consumer.close()));
  const all = distinct();
  const missing = [];
  for (let number = 0; number < options.messages; number++) {
    if (!all.has(`message ${number} ✓`)) missing.push(number);
  }
  const deliveries = seen.reduce((sum, mine) => sum + [ ...mine.values() ].reduce((a, b) => a + b, 0), 0);
  return { perConsumer: seen.map(mine => mine.size), distinct: all.size, duplicates: deliveries - all.size, missing };
}

(async () => {
  const options = { messages: 1000, rounds: 2, consumers: 2, timeoutMs: 60000, ...JSON.parse(process.argv[2]) };
  const sent = await sendAll(options);
  const rounds = [];
  for (let round = 0; round < options.rounds; round++) rounds.push(await consumeAll(options, round));
  console.log(JSON.stringify({ sent, rounds }));
  process.exit(0);
})().catch(err => {
  console.error(err);
  process.exit(1);
});
