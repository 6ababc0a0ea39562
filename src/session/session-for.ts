import type { Presence } from "../keys/key-input.ts";
import type { GuardedSession, GuardedStore, PrivilegedSession } from "./privileged-session.ts";
import type { CookieSession, NonAtomicSession, Session } from "./session.ts";
import type { NonAtomicStore, Store } from "./store.ts";

/**
 * The handle of a key: for a driver with or without compare-and-set, or for a value with privileged
 * fields. `boolean` counts as `true` and is checked at run time.
 */
export type SessionFor<Has extends Presence, Atomic extends boolean, Key, Value, Write> = [
  Atomic,
] extends [false]
  ? NonAtomicSession<Key, Value, Write>
  : Has extends { readonly privileged: infer Field extends string }
    ? GuardedSession<Key, Value, Write, Field>
    : Session<Key, Value, Write>;

/**
 * The type of the request property: a handle, and `undefined` if a request can be without a
 * session.
 */
export type RequestSession<
  Has extends Presence,
  Atomic extends boolean,
  Key,
  Value,
  Write,
> = Has extends "issued"
  ? [Atomic] extends [false]
    ? NonAtomicSession<Key | undefined, Value, Write>
    : CookieSession<Key, Value, Write>
  : Has extends "optional"
    ? SessionFor<Has, Atomic, Key, Value, Write> | undefined
    : Has extends { readonly privileged: infer Field extends string }
      ? PrivilegedSession<Key, Value, Write, Field>
      : SessionFor<Has, Atomic, Key, Value, Write>;

/**
 * The store for a driver with or without compare-and-set, or for a value with privileged fields.
 * `boolean` counts as `true` and is checked at run time.
 */
export type StoreFor<Has extends Presence, Atomic extends boolean, Key, Value, Write> = [
  Atomic,
] extends [false]
  ? NonAtomicStore<Key, Value, Write>
  : Has extends { readonly privileged: infer Field extends string }
    ? GuardedStore<Key, Value, Write, Field>
    : Store<Key, Value, Write>;
