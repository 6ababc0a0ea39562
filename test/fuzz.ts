// A longer run of the cookie fuzzing than the tests make: `npm run fuzz -- [runs] [seed]`.
import { fuzzCookies } from "./keys/cookie-fuzz.ts";

const [runs = 1_000_000, seed = Date.now() % 2 ** 31] = process.argv.slice(2).map(Number);
console.log(`fuzzing ${runs} Cookie headers with seed ${seed}`);
const started = performance.now();
const { sent, opened, asked } = await fuzzCookies(runs, seed);
const seconds = ((performance.now() - started) / 1000).toFixed(1);
console.log(
  `sent ${sent}, asked the driver ${asked}, opened ${opened}, all as it should be; ${seconds} s`,
);
