'use strict';
// What each scenario needs of the client of another maker.

const { Producer, Consumer } = require('ali-ons');

const quiet = { debug() {}, info() {}, warn() {}, error(...args) { console.error(...args); } };

function clientOptions(nameServers, name) {
  // The client insists on an HTTP client even when the name servers are given and none is ever used.
  return { httpclient: {}, nameSrv: nameServers, instanceName: `${name}-${process.pid}`, clientIP: '127.0.0.1', logger: quiet };
}

async function startProducer(nameServers, name, group) {
  const producer = new Producer({ ...clientOptions(nameServers, name), producerGroup: group });
  producer.on('error', err => console.error(`${name}:`, err.message));
  await producer.ready();
  return producer;
}

function newConsumer(nameServers, name, group, more = {}) {
  return new Consumer({
    ...clientOptions(nameServers, name),
    consumerGroup: group,
    rebalanceInterval: 1000,
    consumeFromWhere: 'CONSUME_FROM_FIRST_OFFSET',
    ...more,
  });
}

/** Ends when the condition holds or the time is over: the caller tells what is missing. */
async function until(condition, deadline) {
  while (!condition() && Date.now() < deadline) await new Promise(resolve => setTimeout(resolve, 50));
}

module.exports = { startProducer, newConsumer, until };
