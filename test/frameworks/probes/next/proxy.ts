import type { NextRequest } from "next/server";
import { proxy as guard } from "./proxy.example";
import { proxy as renew } from "./renewing";

export const config = { matcher: ["/account/:path*", "/renewed"] };

export const proxy = (request: NextRequest) =>
  request.nextUrl.pathname === "/renewed" ? renew(request) : guard(request);
