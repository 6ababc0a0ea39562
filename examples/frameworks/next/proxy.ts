import { NextResponse } from "next/server";
import { visitors } from "./visitors";

export const config = { matcher: "/account/:path*" };

export const proxy = visitors.wrap(async (request) => {
  const visitor = await request.visitor.find();
  return visitor?.user === undefined
    ? NextResponse.redirect(new URL("/", request.url))
    : NextResponse.next();
});
