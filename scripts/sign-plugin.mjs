#!/usr/bin/env node
/**
 * Sign the files of a built plugin: writes tenpanel.integrity.json into its folder.
 *
 *   node scripts/sign-plugin.mjs --key publisher.pem --publisher tenpanel plugins/accounts
 *   node scripts/sign-plugin.mjs --new-key publisher.pem        makes a key and prints what belongs into plugin-registry.json
 *
 * The key is an ed25519 private key (PEM, 0600). It never leaves the publisher's machine.
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { integrityFile, signPackage } from '@tenpanel/kernel/plugins/integrity';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { key: { type: 'string' }, publisher: { type: 'string' }, 'new-key': { type: 'string' } },
});

const published = (key) => createPublicKey(key).export({ type: 'spki', format: 'der' }).toString('base64');

if (values['new-key']) {
  const { privateKey } = generateKeyPairSync('ed25519');
  await writeFile(values['new-key'], privateKey.export({ type: 'pkcs8', format: 'pem' }), {
    mode: 0o600,
    flag: 'wx',
  });
  console.log(`"publicKey": "${published(privateKey)}"`);
} else if (values.key && values.publisher && positionals[0]) {
  const dir = resolve(positionals[0]);
  const meta = JSON.parse(await readFile(join(dir, 'package.json'), 'utf8'));
  const key = createPrivateKey(await readFile(values.key));
  const list = await signPackage(
    dir,
    { id: meta.tenpanel.id, version: meta.version, publisher: values.publisher },
    key,
  );
  await writeFile(join(dir, integrityFile), `${JSON.stringify(list, null, 2)}\n`);
  console.log(
    `${Object.keys(list.files).length} files of ${list.id} ${list.version} signed by ${list.publisher}`,
  );
} else {
  console.error('Usage: sign-plugin.mjs --key <file> --publisher <id> <plugin folder>, or --new-key <file>');
  process.exitCode = 2;
}
