// figures measures the console as a cheap phone has it: Chromium with its processor slowed down four times, and a Wi-Fi of
// 1.6 Mbit/s and 150 ms: node figures.mjs URL CONTROL. It prints, and asserts nothing but that the page works.
import { launch } from './kit.mjs';

const [, , base, control, shots] = process.argv;
const kit = await launch({ base, control, size: 'phone', shots: shots + '/figures', serviceWorkers: 'block' }); // a first visit has none
const { page, tell, context } = kit;

const cpu = 4;
const median = (list) => [...list].sort((a, b) => a - b)[Math.trunc(list.length / 2)];

await kit.run(async () => {
  await page.goto(base + '/');
  await kit.pair(await tell('/code'));
  await kit.signIn('Asha', '1379');
  await page.getByText('No sales yet').waitFor();
  const cdp = await context.newCDPSession(page);
  await cdp.send('Network.enable');
  for (const [name, slow, net] of [['this machine', 1, false], [`processor slowed ${cpu} times`, cpu, false], [`processor slowed ${cpu} times, 1.6 Mbit/s, 150 ms`, cpu, true]]) {
    const times = [], weights = [], requests = [];
    for (let i = 0; i < 5; i++) {
      await cdp.send('Network.clearBrowserCache');
      await cdp.send('Emulation.setCPUThrottlingRate', { rate: slow });
      if (net) await cdp.send('Network.emulateNetworkConditions', { offline: false, latency: 150, downloadThroughput: 200000, uploadThroughput: 100000 });
      let bytes = 0, n = 0;
      const count = (e) => { bytes += e.encodedDataLength; n++; };
      cdp.on('Network.loadingFinished', count);
      const start = performance.now();
      await page.goto(base + '/', { waitUntil: 'commit' });
      await page.locator('.charge').waitFor();
      await page.keyboard.press('5'); // interactive: a key is typed and seen
      await page.locator('.entry').filter({ hasText: '₹5' }).waitFor();
      times.push(performance.now() - start);
      await page.waitForTimeout(500);
      cdp.off('Network.loadingFinished', count);
      weights.push(bytes);
      requests.push(n);
      await cdp.send('Emulation.setCPUThrottlingRate', { rate: 1 });
      if (net) await cdp.send('Network.emulateNetworkConditions', { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: -1 });
    }
    console.log(`${name}: interactive after ${Math.round(median(times))} ms (median of 5; ${times.map(Math.round).join(' ')}), ${median(weights)} bytes in ${median(requests)} requests, the API's answers included`);
  }
});
