import type { All } from "../util/all.ts";

/**
 * The name itself if it can be the property of a request. Otherwise a sentence that says why not.
 *
 * @typeParam Req - the request that `keyFn` takes
 */
export type SessionName<Name extends string, Req> = [IsFree<Name, Req>] extends [never]
  ? Sentence<Name>
  : Name;

// Every step succeeds for a name that the compiler does not know yet, so that a function over any
// name passes. The empty text does not match the pattern, nor does `string`.
type IsFree<Name extends string, Req> = [Name] extends [`${infer _First}${infer _Rest}`]
  ? [Name] extends [Exclude<Name, TakenName | OwnProperty<Req>>]
    ? [Name] extends [All<Name>]
      ? true
      : never
    : never
  : never;

/** What a request of the user's own has beside what every request has. */
type OwnProperty<Req> = string extends keyof Req
  ? never
  : Req extends Request
    ? Exclude<keyof Req, keyof Request>
    : never;

type Sentence<Name extends string> = [Name] extends [""]
  ? "name: the empty text is no property; leave name out, or give one"
  : string extends Name
    ? 'name: it must be a literal, such as "cart"; in options that are kept in a variable, write "cart" as const'
    : [All<Name>] extends [never]
      ? "name: it must be one literal, not one of several"
      : `name: requests have a property "${Name}" already; choose another name`;

/**
 * The properties that requests have: those of `Request` and of every object, and those that
 * itty-router sets. A list, because `keyof Request` would hold what a program declares for its own
 * sessions. `then` would make a promise of the request.
 */
type TakenName =
  | "then"
  | "params"
  | "query"
  | "route"
  | "proxy"
  | "content"
  | "cookies"
  | "arrayBuffer"
  | "blob"
  | "body"
  | "bodyUsed"
  | "bytes"
  | "cache"
  | "clone"
  | "credentials"
  | "destination"
  | "duplex"
  | "formData"
  | "headers"
  | "integrity"
  | "isHistoryNavigation"
  | "isReloadNavigation"
  | "json"
  | "keepalive"
  | "method"
  | "mode"
  | "redirect"
  | "referrer"
  | "referrerPolicy"
  | "signal"
  | "text"
  | "url"
  | "constructor"
  | "hasOwnProperty"
  | "isPrototypeOf"
  | "propertyIsEnumerable"
  | "toLocaleString"
  | "toString"
  | "valueOf"
  | "__defineGetter__"
  | "__defineSetter__"
  | "__lookupGetter__"
  | "__lookupSetter__"
  | "__proto__";
