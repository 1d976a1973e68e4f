import { createHmac } from 'node:crypto';

/** `v1=<hex>` of HMAC-SHA256 over `<timestamp>.<body>`; the timestamp is in Unix seconds. Receivers refuse what is older than 5 minutes. */
export function signWebhook(secret: string, timestamp: number, body: string): string {
  return `v1=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}`;
}
