import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { Driver } from "../drivers/driver.ts";
import { ConfigurationError } from "../errors.ts";
import { encodeText, MAX_KEY_LENGTH } from "../keys/encode-key.ts";
import type { KeyCodec } from "../keys/key-codec.ts";
import { milliseconds } from "../storage/lifetime.ts";
import type { Duration, LifetimeOptions } from "../storage/lifetime-options.ts";
import { refuseUnknownOptions } from "../util/known-options.ts";

/**
 * The properties that itty-router sets on a request, and `then`, which would make a promise of it.
 * The members of `Request` itself are looked up. `TakenName` lists all of them for the compiler.
 */
const ROUTER_PROPERTIES = ["then", "params", "query", "route", "proxy", "content", "cookies"];

/** A key of the form that key sources issue. */
const SAMPLE_KEY = "A".repeat(43);

const SESSION_OPTIONS = [
  "name",
  "key",
  "value",
  "keyFn",
  "privileged",
  "driver",
  "lifetime",
  "onInvalid",
  "maxBytes",
  "timeout",
  "onEvent",
  "clock",
];

/** Throws if `defineSession` does not have one of these options. */
export function checkSessionOptions(options: object): void {
  refuseUnknownOptions("defineSession", options, SESSION_OPTIONS);
}

/**
 * Returns the name. Throws if it cannot be both a property of a request and a namespace of keys.
 */
export function checkName(name: unknown): string {
  if (typeof name !== "string" || !/^\P{Surrogate}{1,64}$/su.test(name) || name.length > 64) {
    throw new ConfigurationError(
      '"name" must be a text of 1 to 64 characters, in well-formed Unicode.',
    );
  }
  if (name in Request.prototype || ROUTER_PROPERTIES.includes(name)) {
    throw new ConfigurationError(
      `"name" cannot be "${name}": requests have such a property already.`,
    );
  }
  if (encodeText(name).length <= MAX_KEY_LENGTH / 2) return name;
  throw new ConfigurationError(
    '"name" leaves no room for keys: outside A-Z, a-z, 0-9, "_", "." and "-" a character takes up to nine bytes. Shorten it.',
  );
}

/**
 * Returns the schema. Throws if it is no Standard Schema, such as a schema of zod 3.23 or the
 * function `z.object`.
 */
export function checkSchema<Input, Output>(
  option: string,
  schema: StandardSchemaV1<Input, Output>,
): StandardSchemaV1<Input, Output> {
  if (typeof schema?.["~standard"]?.validate === "function") return schema;
  throw new ConfigurationError(
    `"${option}" must be a Standard Schema, such as one of zod 3.24 or later, valibot 1 or arktype 2.`,
  );
}

/** Returns the key schema. If this server issues the keys, the schema may be missing. */
export function checkKeySchema<Key>(
  schema: StandardSchemaV1 | undefined,
  isIssued: boolean,
): StandardSchemaV1<unknown, Key> {
  if (schema !== undefined || !isIssued) return checkSchema("key", schema as never);
  return ANY_KEY as StandardSchemaV1<unknown, never>;
}

/** Accepts every text. A text that was never issued selects no session. */
const ANY_KEY: StandardSchemaV1<unknown, string> = {
  "~standard": {
    version: 1,
    vendor: "zession",
    validate: (value) =>
      typeof value === "string" ? { value } : { issues: [{ message: "The key must be a text." }] },
  },
};

/** Throws if a key schema changes or refuses issued keys. An asynchronous schema is not checked. */
export function checkIssuedKeys(keys: KeyCodec<unknown>): void {
  let parsing: ReturnType<typeof keys.parse>;
  try {
    parsing = keys.parse(SAMPLE_KEY);
  } catch (cause) {
    throw new ConfigurationError(
      '"key" does not accept what the key source issues, which is text of 43 letters, digits, "-" and "_". Leave it out, or use z.string().',
      { cause },
    );
  }
  if (parsing instanceof Promise) parsing.then(undefined, () => {});
  else if (parsing.key !== SAMPLE_KEY) {
    throw new ConfigurationError(
      '"key" changes what the key source issues. Leave it out, or use z.string().',
    );
  }
}

/** Returns the limits. Throws for a value that would silently mean that sessions never end. */
export function checkLifetime(lifetime: LifetimeOptions | false): LifetimeOptions {
  if (lifetime === false) return {};
  if (typeof lifetime === "object" && lifetime !== null && !Array.isArray(lifetime)) {
    refuseUnknownOptions("lifetime", lifetime, ["idle", "absolute"]);
    return lifetime;
  }
  throw new ConfigurationError(
    '"lifetime" must be an object with "idle" or "absolute" or both, such as { idle: "30m" }, or false.',
  );
}

/**
 * Returns milliseconds. Throws for a time that no timer can wait for: more than 2^31 - 1
 * milliseconds, which are 24.8 days.
 */
export function checkTimeout(timeout: Duration): number {
  const value = milliseconds("timeout", timeout);
  if (value < 2 ** 31) return value;
  throw new ConfigurationError('"timeout" must be at most 24 days.');
}

/** Returns the function. Throws if it cannot be called. */
export function checkFunction<Fn extends (...args: never) => unknown>(option: string, fn: Fn): Fn {
  if (typeof fn === "function") return fn;
  throw new ConfigurationError(`"${option}" must be a function.`);
}

/** Returns the driver. Throws if it lacks a method that every verb needs. */
export function checkDriver(driver: Driver<boolean>): Driver<boolean> {
  const methods: readonly (keyof Driver)[] = ["read", "write", "remove"];
  if (typeof driver === "object" && driver !== null && typeof driver.atomic === "boolean") {
    if (methods.every((method) => typeof driver[method] === "function")) return driver;
  }
  throw new ConfigurationError(
    '"driver" must be a driver, such as memoryDriver(): an object with "atomic", "read", "write" and "remove".',
  );
}

/** Returns the limit. Throws if no record could meet it. */
export function checkMaxBytes(maxBytes: unknown): number {
  if (typeof maxBytes === "number" && Number.isSafeInteger(maxBytes) && maxBytes >= 64)
    return maxBytes;
  throw new ConfigurationError('"maxBytes" must be a whole number of bytes, 64 or more.');
}

/** Returns the privileged fields. Throws if they are no names, or the session cannot rotate. */
export function checkPrivileged(
  names: unknown,
  isIssued: boolean,
  driver: Driver<boolean> | undefined,
): readonly string[] | undefined {
  if (names === undefined) return undefined;
  if (!isIssued) {
    throw new ConfigurationError(
      'Only a session kept by cookie can have "privileged" fields: keyFn: cookieKey().',
    );
  }
  if (driver?.atomic === false) {
    throw new ConfigurationError(
      "Privileged fields need a driver with compare-and-set, which this one lacks: without it, no session can rotate.",
    );
  }
  const isList = Array.isArray(names) && names.length > 0;
  if (isList && names.every((name) => typeof name === "string" && name !== "")) return [...names];
  throw new ConfigurationError(
    '"privileged" must be a list of names of fields, such as ["user", "roles"].',
  );
}

/** Returns the policy. Throws if it is unknown. */
export function checkOnInvalid(policy: unknown): "throw" | "discard" {
  if (policy === "throw" || policy === "discard") return policy;
  throw new ConfigurationError('"onInvalid" must be "throw" or "discard".');
}
