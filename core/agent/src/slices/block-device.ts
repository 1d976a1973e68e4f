import { readFile, realpath, stat } from 'node:fs/promises';

/** `major:minor` of the whole disk below a folder, which the io controller wants; null for a file system without one. */
export async function blockDevice(folder: string): Promise<string | null> {
  const { dev } = await stat(folder);
  // dev_t as glibc packs it (gnu_dev_major and gnu_dev_minor).
  const major = Math.floor(dev / 256) % 4096;
  const minor = (dev % 256) + Math.floor(dev / 2 ** 20) * 256;
  const place = await realpath(`/sys/dev/block/${major}:${minor}`).catch(() => null);
  if (place === null) return null;
  const partition = await readFile(`${place}/partition`, 'utf8').then(
    () => true,
    () => false,
  );
  const disk = await readFile(`${partition ? `${place}/..` : place}/dev`, 'utf8').catch(() => null);
  return disk?.trim() ?? null;
}
