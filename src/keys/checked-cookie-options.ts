import type { All } from "../util/all.ts";
import type { CookieKeyOptions } from "./cookie-options.ts";

/**
 * The options themselves if nothing in them is known to be refused at run time. Otherwise what they
 * should be, with a sentence in the place of what is wrong.
 */
export type CheckedCookieOptions<Options> = [IsFine<Options>] extends [never]
  ? Mended<Fault<Options>>
  : Options;

// Succeeds for options that the compiler does not know yet, so that a function over any options
// passes. Options of the general type can hold anything, and only the run time can tell.
type IsFine<Options> = [keyof Options] extends [keyof CookieKeyOptions]
  ? [Fault<Options>] extends [never]
    ? true
    : never
  : never;

/** With an unknown option nothing is replaced: the compiler's own message names it best. */
type Mended<Wrong> = [Wrong] extends [never]
  ? CookieKeyOptions
  : Omit<CookieKeyOptions, keyof All<Wrong>> & All<Wrong>;

/** For each option that is wrong, an object with a sentence. `never` if none is. */
type Fault<Options> =
  | NameFault<Options>
  | SecretsFault<Options>
  | PathFault<Options>
  | SecureFault<Options>;

type NameFault<Options> = Options extends { readonly name: infer Name extends string }
  ? IsLiteral<Name> extends true
    ? Lowercase<Name> extends "" | `${string}${" " | ";" | "=" | ","}${string}`
      ? { readonly name: "name: it must be made of letters, digits and !#$%&'*+-.^_`|~" }
      : Lowercase<Name> extends `__host-${string}`
        ? Options extends { readonly secure: false }
          ? { readonly name: "name: the prefix __Host- needs secure" }
          : Options extends { readonly domain: string }
            ? { readonly name: "name: the prefix __Host- allows no domain; use __Secure-" }
            : Options extends { readonly path: infer Path extends string }
              ? IsLiteral<Path> extends true
                ? Path extends "/"
                  ? never
                  : { readonly name: 'name: the prefix __Host- needs the path "/"' }
                : never
              : never
        : Lowercase<Name> extends `__secure-${string}` | `__http-${string}`
          ? Options extends { readonly secure: false }
            ? { readonly name: "name: the prefixes __Secure- and __Http- need secure" }
            : never
          : never
    : never
  : never;

type SecretsFault<Options> = Options extends { readonly secrets: infer Secrets }
  ? undefined extends Secrets
    ? { readonly secrets: "secrets: undefined is refused; is an environment variable missing?" }
    : Secrets extends readonly []
      ? { readonly secrets: "secrets: the list is empty; leave it out, or give one secret or more" }
      : Secrets extends readonly (infer Secret)[]
        ? undefined extends Secret
          ? {
              readonly secrets: "secrets: one may be undefined; is an environment variable missing?";
            }
          : true extends IsShort<Secret>
            ? { readonly secrets: "secrets: each must be of 32 bytes or more" }
            : never
        : never
  : never;

type PathFault<Options> = Options extends { readonly path: infer Path extends string }
  ? IsLiteral<Path> extends true
    ? Path extends `/${string}`
      ? never
      : { readonly path: 'path: it must begin with "/"' }
    : never
  : never;

type SecureFault<Options> = Options extends { readonly secure: false }
  ? Options extends { readonly sameSite: "none" }
    ? { readonly sameSite: 'sameSite: "none" needs secure' }
    : Options extends { readonly partitioned: true }
      ? { readonly partitioned: "partitioned: it needs secure" }
      : never
  : never;

/** Whether a text is known. Of `string` and of patterns, records need no property. */
type IsLiteral<Text extends string> =
  Record<never, never> extends Record<Text, true> ? false : true;

/**
 * Whether a secret is known and too short. Other characters than these have more bytes, and only
 * the run time counts them.
 */
type IsShort<Secret> = Secret extends string
  ? IsLiteral<Secret> extends true
    ? IsShortRest<Secret>
    : false
  : false;

type IsShortRest<Text, Counted extends true[] = []> = Counted["length"] extends 32
  ? false
  : Text extends `${infer First}${infer Rest}`
    ? First extends OneByte
      ? IsShortRest<Rest, [...Counted, true]>
      : false
    : true;

type OneByte =
  Characters<" !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~">;

type Characters<Text, Found = never> = Text extends `${infer First}${infer Rest}`
  ? Characters<Rest, Found | First>
  : Found;
