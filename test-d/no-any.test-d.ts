// biome-ignore-all lint/suspicious/noExplicitAny: it is what is looked for
// Nothing public is `any`: each member is asked, and so is everything that a definition gives.
import { expectType } from "tsd";
import * as zession from "zession";
import { z } from "zod";

type IsAny<Type> = 0 extends 1 & Type ? true : false;
/** The names of the members that are `any`, give `any` or take `any`. */
type AnyMembers<Type> = {
  [Member in keyof Type]-?: IsAny<Type[Member]> extends true
    ? Member
    : Type[Member] extends (...args: infer Args) => infer Result
      ? true extends
          | IsAny<Result>
          | IsAny<Awaited<Result>>
          | { [Index in keyof Args]: IsAny<Args[Index]> }[number]
        ? Member
        : never
      : never;
}[keyof Type];

// The instrument sees what it should.
expectType<"a" | "b" | "c" | "d">(
  {} as AnyMembers<{
    a: any;
    b: () => any;
    c: (x: any) => void;
    d: () => Promise<any>;
    e: (x: string) => number;
  }>,
);

const visits = zession.defineSession({
  name: "visits",
  key: z.string(),
  value: z.number(),
  keyFn: () => "a",
});

expectType<never>({} as AnyMembers<typeof zession>);
expectType<never>({} as AnyMembers<typeof visits>);
expectType<never>({} as AnyMembers<typeof visits.store>);
expectType<never>({} as AnyMembers<zession.InferSession<typeof visits>>);
expectType<never>({} as AnyMembers<zession.SessionRequest<typeof visits>["visits"]>);
expectType<never>({} as AnyMembers<zession.Driver>);
expectType<never>({} as AnyMembers<zession.MemoryDriver>);
expectType<never>({} as AnyMembers<zession.SessionError>);
expectType<never>({} as AnyMembers<zession.InvalidValueError>);
expectType<false>({} as IsAny<zession.InferKey<typeof visits>>);
expectType<false>({} as IsAny<zession.InferValue<typeof visits>>);
