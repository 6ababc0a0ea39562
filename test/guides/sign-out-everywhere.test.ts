import { expect, it } from "vitest";
import { home, signIn, signOutEverywhere } from "../../examples/sign-out-everywhere.ts";
import { Browser } from "../sessions/browser.ts";

it("the guide's example signs a user out in every browser, also one that has signed in again", async () => {
  const browsers = Array.from(
    { length: 3 },
    () => new Browser((request) => (request.url.endsWith("/sign-in") ? signIn : home)(request)),
  );
  const greetings = () => Promise.all(browsers.map((it) => it.text()));
  for (const browser of browsers) await browser.send("/sign-in");
  await browsers[0]?.send("/sign-in");
  expect(await greetings()).toEqual(["Hello Ada", "Hello Ada", "Hello Ada"]);
  await signOutEverywhere("Eve");
  expect(await greetings()).toEqual(["Hello Ada", "Hello Ada", "Hello Ada"]);
  await signOutEverywhere("Ada");
  expect(await greetings()).toEqual(["Hello guest", "Hello guest", "Hello guest"]);
  await browsers[1]?.send("/sign-in");
  expect(await greetings()).toEqual(["Hello guest", "Hello Ada", "Hello guest"]);
});
