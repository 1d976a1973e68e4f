import { createServer as createHttp, type RequestListener } from 'node:http';
import { createServer as createHttps, type Server as HttpsServer } from 'node:https';
import { createServer as createTcp, type Server, type Socket } from 'node:net';

const TLS_HANDSHAKE = 22;
const FIRST_BYTE_WITHIN = 10_000;

/** One port: TLS requests are answered; a plain one is told the https address, whoever typed `http://` by habit. */
export function tlsPort(
  certificate: { cert: string; key: string },
  publicUrl: string,
  listener: RequestListener,
): { server: Server; https: HttpsServer } {
  const https = createHttps({ ...certificate, minVersion: 'TLSv1.2', ALPNProtocols: ['http/1.1'] }, listener);
  const plain = createHttp((_, response) => {
    response.writeHead(308, {
      Location: new URL(publicUrl).origin,
      Connection: 'close',
      'Content-Type': 'text/plain; charset=utf-8',
    });
    response.end('The panel speaks https on this port.\n');
  });
  for (const server of [https, plain]) {
    server.headersTimeout = 15_000;
    server.requestTimeout = 60_000;
    server.keepAliveTimeout = 10_000;
    server.maxHeadersCount = 100;
  }
  const server = createTcp((socket: Socket) => {
    socket.setTimeout(FIRST_BYTE_WITHIN, () => socket.destroy());
    socket.on('error', () => socket.destroy());
    socket.once('data', (first: Buffer) => {
      socket.pause();
      socket.setTimeout(0);
      socket.unshift(first);
      (first[0] === TLS_HANDSHAKE ? https : plain).emit('connection', socket);
      process.nextTick(() => socket.resume());
    });
  });
  // They never listen themselves, and this is what makes them look after the time limits above.
  server.once('listening', () => {
    https.emit('listening');
    plain.emit('listening');
  });
  return { server, https };
}
