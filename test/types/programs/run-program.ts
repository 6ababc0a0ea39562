import express from "express";
import fastify from "fastify";
import { Hono } from "hono";
import { AutoRouter, Router } from "itty-router";
import ts from "typescript";
import * as v from "valibot";
import * as zession from "zession";
import { expressSession } from "zession/routers/express";
import { fastifySession } from "zession/routers/fastify";
import { honoSession } from "zession/routers/hono";
import { states } from "zession/states";
import { z } from "zod";
import type { Program } from "./read-programs.ts";

// By a name that the project's own compilation does not follow: there, exports need annotations.
const prelude: object = await import(new URL("./prelude.ts", import.meta.url).href);

/** What programs use, by its names. */
const names: Record<string, unknown> = {
  ...zession,
  ...prelude,
  zession,
  z,
  v,
  express,
  fastify,
  Hono,
  AutoRouter,
  Router,
  states,
  expressSession,
  fastifySession,
  honoSession,
};

type Run = (...values: unknown[]) => Promise<unknown>;
const AsyncFunction = (async () => {}).constructor as new (...source: string[]) => Run;

/** Runs a program. Returns the name and message of the error that it throws, or `""`. */
export async function runProgram({ code }: Program): Promise<string> {
  const options = { target: ts.ScriptTarget.ESNext, module: ts.ModuleKind.ESNext };
  const body = ts.transpile(code, options);
  try {
    await new AsyncFunction(...Object.keys(names), body)(...Object.values(names));
  } catch (error) {
    return String(error);
  }
  return "";
}
