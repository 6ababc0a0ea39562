import { NextResponse } from "next/server";
import { visitors } from "./idle-visitors";

export const proxy = visitors.wrap(async ({ visitor }) => {
  await visitor.touch();
  return NextResponse.next();
});
