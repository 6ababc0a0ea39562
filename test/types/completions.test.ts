import { expect, it } from "vitest";
import { completions } from "../compiler.ts";

const MODULE = `
import { z } from "zod";
import { combine, cookieKey, defineSession } from "zession";
export const carts = defineSession({
  name: "carts",
  key: z.string(),
  keyFn: () => "a",
  value: z.object({ items: z.array(z.string()), note: z.string().optional(), code: z.string().optional() }),
});
export const users = defineSession({
  name: "users",
  keyFn: cookieKey(),
  privileged: ["role"],
  value: z.object({ role: z.string().optional(), note: z.string().optional() }),
});
carts.session("a").take("");
carts.store.take("a", "");
users.session("a").take("");
carts.;
combine(carts, users).;
cookieKey({ });
defineSession({ });
`;

const [taken, takenOfKey, unprivileged, members, combined, options, cookie] = completions(MODULE, [
  'carts.session("a").take("',
  'carts.store.take("a", "',
  'users.session("a").take("',
  "\ncarts.",
  "combine(carts, users).",
  "defineSession({ ",
  "cookieKey({ ",
]).map((it) => Object.keys(it));

it("offers the optional fields for take, and no sentence about others", () => {
  expect(taken).toEqual(["note", "code"]);
  expect(takenOfKey).toEqual(["note", "code"]);
  expect(unprivileged?.[0]).toBe("note");
});

it("offers what there is at run time, and nothing else", () => {
  const all = ["close", "finalize", "fromRequest", "middleware", "name", "of", "open", "session"];
  expect(members).toEqual([...all, "store", "wrap"]);
  expect(combined).toEqual(["of", "Request", "router", "wrap"]);
});

it("offers every option", () => {
  expect(options).toContain("keyFn");
  expect(options).toContain("lifetime");
  expect(cookie).toContain("sameSite");
});

it("describes every option", () => {
  for (const offered of completions(MODULE, ["defineSession({ ", "cookieKey({ "])) {
    for (const [name, description] of Object.entries(offered))
      expect(description, name).not.toBe("");
  }
});
