// The same collector in plain JavaScript with the AWS SDK, on the same Runtime API: what Landfall's is compared with.
import http from 'node:http';
import { randomUUID, timingSafeEqual, createHash } from 'node:crypto';
import { createRequire } from 'node:module';

const require = createRequire(process.env.COLLECT_NODE_MODULES + '/package.json');
const { KinesisClient, PutRecordsCommand } = require('@aws-sdk/client-kinesis');
const { NodeHttpHandler } = require('@smithy/node-http-handler');

const digest = (text) => createHash('sha256').update(text).digest();
const keys = process.env.LANDFALL_WRITE_KEYS.split(',').map(digest);
const stream = process.env.LANDFALL_STREAM;
// HTTP/1.1, as Landfall's client uses; this client's default is HTTP/2.
const kinesis = new KinesisClient({ requestHandler: new NodeHttpHandler({ httpAgent: new http.Agent({ keepAlive: true }) }) });

const ok = (key) => keys.some((known) => timingSafeEqual(known, digest(key)));

async function handler(event) {
  const text = event.isBase64Encoded ? Buffer.from(event.body, 'base64').toString() : event.body;
  const basic = event.headers.authorization?.match(/^Basic (.*)$/);
  const key = basic && Buffer.from(basic[1], 'base64').toString().split(':')[0];
  if (!key || !ok(key)) return { statusCode: 401, body: '{"success":false}' };
  const body = JSON.parse(text);
  const receivedAt = new Date().toISOString();
  const records = body.batch.map((item) => {
    const message = { ...item, messageId: item.messageId ?? randomUUID(), receivedAt, sentAt: item.sentAt ?? body.sentAt };
    return { Data: Buffer.from(JSON.stringify(message)), PartitionKey: String(item.userId ?? item.anonymousId ?? message.messageId) };
  });
  const result = await kinesis.send(new PutRecordsCommand({ StreamName: stream, Records: records }));
  if (result.FailedRecordCount) return { statusCode: 503, body: '{"success":false}' };
  return { statusCode: 200, headers: { 'content-type': 'application/json' }, body: '{"success":true}' };
}

// Lambda's own Node runtime is native code around the same two requests.
const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(':');
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });

function call(method, path, body) {
  return new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const request = http.request({ host, port, method, path, agent, headers }, (response) => {
      const parts = [];
      response.on('data', (part) => parts.push(part));
      response.on('end', () => resolve({ id: response.headers['lambda-runtime-aws-request-id'], text: Buffer.concat(parts).toString() }));
    });
    request.on('error', reject);
    request.end(body);
  });
}

try {
  for (;;) {
    const { id, text } = await call('GET', '/2018-06-01/runtime/invocation/next');
    const answer = await handler(JSON.parse(text));
    await call('POST', `/2018-06-01/runtime/invocation/${id}/response`, JSON.stringify(answer));
  }
} catch (error) {
  if (error.code !== 'ECONNRESET' && error.code !== 'ECONNREFUSED') throw error;
}
