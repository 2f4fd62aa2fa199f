// Sends every kind of event with @segment/analytics-node to LANDFALL_COLLECTOR_URL with the write key LANDFALL_WRITE_KEY, and prints what it
// sent, one line of JSON per event: type, messageId, userId, anonymousId. The packages are in the folder LANDFALL_NODE_MODULES.
import { createRequire } from 'node:module';

const require = createRequire(`${process.env.LANDFALL_NODE_MODULES}/package.json`);
const { Analytics } = require('@segment/analytics-node');

const failures = [];

// A client of its own for each way to send: `maxEventsInBatch` decides whether an event travels alone.
function client(options) {
  const analytics = new Analytics({
    writeKey: process.env.LANDFALL_WRITE_KEY,
    host: process.env.LANDFALL_COLLECTOR_URL,
    flushInterval: 100,
    ...options,
  });
  analytics.on('error', (error) => failures.push(error));
  for (const type of ['identify', 'track', 'page', 'screen', 'group', 'alias']) {
    // Each is reported when it was delivered, or was not.
    analytics.on(type, ({ event }) => {
      const { messageId, userId, anonymousId } = event;
      console.log(JSON.stringify({ type, messageId, userId, anonymousId }));
    });
  }
  return analytics;
}

function sendEach(analytics, user) {
  analytics.identify({ userId: user, traits: { email: `${user}@example.com`, name: 'Zoë "Z" 🛬' } });
  analytics.track({ userId: user, event: 'Post Created', properties: { post_id: 9007199254740991, price: 0.1, tags: ['a', 'b'], parent: null } });
  analytics.track({ anonymousId: `${user}-anonymous`, event: 'Post Shared', timestamp: new Date('2026-11-20T09:00:00Z') });
  analytics.page({ userId: user, name: 'Home', category: 'Start', properties: { path: '/', title: 'Home\nsweet home' } });
  analytics.screen({ userId: user, name: 'Settings' });
  analytics.group({ userId: user, groupId: `${user}-group`, traits: { plan: 'free' }, context: { ip: '8.8.8.8', locale: 'de-DE' } });
  analytics.alias({ userId: user, previousId: `${user}-before`, integrations: { All: false } });
}

const alone = client({ maxEventsInBatch: 1 });
sendEach(alone, 'node-alone');
await alone.closeAndFlush({ timeout: 30_000 });

const batched = client({ maxEventsInBatch: 50 });
sendEach(batched, 'node-batched');
for (let n = 0; n < 200; n += 1) {
  batched.track({ userId: `node-${n}`, event: 'User Followed', properties: { followed_id: n, text: 'x'.repeat(n * 20) } });
}
await batched.closeAndFlush({ timeout: 60_000 });

for (const failure of failures) console.error(failure);
process.exitCode = failures.length === 0 ? 0 : 1;
