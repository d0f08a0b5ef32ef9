'use strict';
// Sends and consumes through proxies with Apache's own client while somebody kills what is behind them, until stdin ends.
// node failover.js '{"endpoints":"127.0.0.1:8081","topic":"T","group":"G","messageGroups":["a","b"]}'   (no messageGroups: normal messages)
// A line on stdout each 100 ms: how many were sent. The last line: one JSON object with what was sent, what came, and the longest time in ms without any sent.

const { Producer, PushConsumer, ConsumeResult } = require('rocketmq-client-nodejs');

const quiet = { debug() {}, info() {}, warn() {}, error() {}, close() {} };
const sleep = ms => new Promise(resolve => setTimeout(resolve, ms));

async function main(options) {
  const sent = [];
  const received = [];
  const failures = {};
  let ending = false;
  let last = Date.now();
  let longestGap = 0;
  process.stdin.on('end', () => { ending = true; }).resume();
  const consumer = new PushConsumer({
    endpoints: options.endpoints, consumerGroup: options.group, subscriptions: new Map([[ options.topic, '*' ]]), logger: quiet,
    messageListener: { async consume(message) { received.push(message.body.toString()); return ConsumeResult.SUCCESS; } },
  });
  await consumer.startup();
  const producer = new Producer({ endpoints: options.endpoints, topics: [ options.topic ], logger: quiet });
  await producer.startup();
  const send = async (name, messageGroup) => {
    for (let i = 0; !ending; i++) {
      const text = `${name} ${i}`;
      for (let done = false; !done && !ending;) {
        try {
          await producer.send({ topic: options.topic, messageGroup, body: Buffer.from(text) });
          done = true;
          sent.push(text);
          longestGap = Math.max(longestGap, Date.now() - last);
          last = Date.now();
        } catch (err) {
          const key = `${err.name} ${err.message}`.slice(0, 120);
          failures[key] = (failures[key] || 0) + 1;
          await sleep(50);
        }
      }
      await sleep(5);
    }
  };
  const teller = setInterval(() => console.log(sent.length), 100);
  await Promise.all((options.messageGroups || [ undefined, undefined, undefined ]).map((group, i) => send(group || `n${i}`, group)));
  clearInterval(teller);
  const missing = () => { const came = new Set(received); return sent.filter(text => !came.has(text)); };
  for (let waited = 0; missing().length > 0 && waited < 90000; waited += 200) await sleep(200);
  console.log(JSON.stringify({ sent: sent.length, received, missing: missing().slice(0, 5), longestGap, failures }));
  process.exit(0);
}

main(JSON.parse(process.argv[2])).catch(err => { console.error(err); process.exit(1); });
