/** Programs of a customer who means no good, or made a mistake: Python, for the customer's slice. */

/** Two processes that use all the time they get. */
export const busyLoop = `
import os
os.fork()
while True: pass
`;

/** Every process starts others until it may not; each lives for half a minute, so that new ones are tried all the time. */
export const forkBomb = `
import os, time
first = os.getpid()
end = time.monotonic() + 30
while os.getpid() == first or time.monotonic() < end:
    try:
        if os.fork() == 0: end = time.monotonic() + 30
        while os.getpid() == first and os.waitpid(-1, os.WNOHANG)[0]: pass
    except OSError:
        time.sleep(0.1)
`;

/** A child takes memory until it is killed; then the next does. */
export const memoryHog = `
import os, time
while True:
    try:
        child = os.fork()
    except OSError:
        time.sleep(0.1)
        continue
    if child == 0:
        taken = []
        while True: taken.append(b'x' * (4 << 20))
    os.waitpid(child, 0)
`;

/** PHP that takes more memory than the plan has; PHP's own limit is out of its way. */
export const memoryScript = `<?php
ini_set('memory_limit', '-1');
for ($all = []; ; ) $all[] = str_repeat('x', 1 << 20);
`;

/** PHP that writes \`mib\` MiB into one file, then makes \`files\` empty ones, and says how far it came and why no further. */
export const writingScript = `<?php
header('Cache-Control: no-store');
$file = fopen(__DIR__ . '/big.bin', 'wb');
$left = (int) ($_GET['mib'] ?? 0) << 20;
while ($left > 0) {
    $done = @fwrite($file, str_repeat('x', min($left, 1 << 20)));
    if ($done === false) break;
    $left -= $done;
}
fclose($file);
$wanted = (int) ($_GET['files'] ?? 0);
for ($made = 0; $made < $wanted; $made++) if (!@touch(__DIR__ . "/private-$made")) break;
echo "left $left bytes, ", $wanted - $made, ' files: ', error_get_last()['message'] ?? 'all is written';
`;
