import { Agent, request } from 'node:http';

export type XmlRpcValue = string | number | boolean | XmlRpcValue[] | { [name: string]: XmlRpcValue };

/** The other side answered with a fault; `code` is the supervisor's (supervisor.xmlrpc.Faults). */
export class XmlRpcFault extends Error {
  readonly code: number;
  constructor(code: number, message: string) {
    super(message);
    this.name = 'XmlRpcFault';
    this.code = code;
  }
}

/** One XML-RPC call over HTTP on a unix socket. Rejects with `XmlRpcFault` or the socket's error. */
export async function xmlRpc(
  socketPath: string,
  method: string,
  params: (string | number | boolean)[],
  seconds = 60,
): Promise<XmlRpcValue> {
  const values = params.map((value) => `<param><value>${encode(value)}</value></param>`).join('');
  const body = `<?xml version="1.0"?><methodCall><methodName>${method}</methodName><params>${values}</params></methodCall>`;
  const answer = await post(socketPath, body, seconds);
  const parsed = parse(answer);
  if (!/<fault>/.test(answer)) return parsed;
  const fault = parsed as { faultCode: number; faultString: string };
  throw new XmlRpcFault(fault.faultCode, fault.faultString);
}

function encode(value: string | number | boolean): string {
  if (typeof value === 'number') return `<int>${value}</int>`;
  if (typeof value === 'boolean') return `<boolean>${value ? 1 : 0}</boolean>`;
  return `<string>${value.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</string>`;
}

const ENTITIES: Record<string, string> = {
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&apos;': "'",
  '&amp;': '&',
};

/** The first value of an answer. Only the types that the supervisor uses: string, int, boolean, array, struct. */
function parse(xml: string): XmlRpcValue {
  const tokens: string[] = xml.match(/<[^>]+>|[^<]+/g) ?? [];
  let at = tokens.indexOf('<value>');
  const expect = (token: string): void => {
    while (at < tokens.length && (tokens[at] ?? '').trim() === '') at++;
    if (tokens[at++] !== token)
      throw new Error(`The supervisor's answer is not understood near ${tokens[at - 1]}.`);
  };
  const peek = (): string => {
    while (at < tokens.length && (tokens[at] ?? '').trim() === '') at++;
    return tokens[at] ?? '';
  };
  const scalar = (name: string): string => {
    expect(`<${name}>`);
    const text = (tokens[at] ?? '').startsWith('<') ? '' : (tokens[at++] ?? '');
    expect(`</${name}>`);
    return text.replace(/&(lt|gt|quot|apos|amp);/g, (whole) => ENTITIES[whole] ?? whole);
  };
  const value = (): XmlRpcValue => {
    expect('<value>');
    const result = inner();
    expect('</value>');
    return result;
  };
  const inner = (): XmlRpcValue => {
    const type = peek();
    if (type === '<string>') return scalar('string');
    if (type === '<int>' || type === '<i4>') return Number(scalar(type.slice(1, -1)));
    if (type === '<boolean>') return scalar('boolean') === '1';
    if (type === '<array>') {
      const list: XmlRpcValue[] = [];
      expect('<array>');
      expect('<data>');
      while (peek() === '<value>') list.push(value());
      expect('</data>');
      expect('</array>');
      return list;
    }
    expect('<struct>');
    const members: [string, XmlRpcValue][] = [];
    while (peek() === '<member>') {
      expect('<member>');
      members.push([scalar('name'), value()]);
      expect('</member>');
    }
    expect('</struct>');
    return Object.fromEntries(members);
  };
  return value();
}

/**
 * Connections are kept. supervisord 4.2 goes on polling the descriptor of one that was closed, and when the next program's
 * pipe gets the same number, it polls that one for ever and takes a whole processor.
 */
const kept = new Agent({ keepAlive: true });

function post(socketPath: string, body: string, seconds: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const ask = request(
      {
        socketPath,
        path: '/RPC2',
        method: 'POST',
        headers: { 'content-type': 'text/xml', 'content-length': Buffer.byteLength(body), host: 'localhost' },
        timeout: seconds * 1000,
        agent: kept,
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => (text += chunk));
        response.on('end', () => resolve(text));
        response.on('error', reject);
      },
    );
    ask.on('timeout', () => ask.destroy(new Error('The supervisor does not answer.')));
    ask.on('error', (error: NodeJS.ErrnoException) => {
      // The other end of a kept connection was a supervisor that is gone; its successor has not seen the request.
      const gone = ask.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
      if (gone) resolve(post(socketPath, body, seconds));
      else reject(error);
    });
    ask.end(body);
  });
}
