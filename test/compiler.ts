import ts from "typescript";

const root = new URL("../", import.meta.url);

/** The project's own compiler options, without what only its emitted code needs. */
export function compilerOptions(): ts.CompilerOptions {
  const path = new URL("tsconfig.json", root).pathname;
  const config = ts.getParsedCommandLineOfConfigFile(
    path,
    {
      noUnusedLocals: false,
      noUnusedParameters: false,
      isolatedDeclarations: false,
      declaration: false,
    },
    { ...ts.sys, onUnRecoverableConfigFileDiagnostic: () => {} },
  );
  if (config === undefined) throw new Error("tsconfig.json cannot be read");
  return config.options;
}

/** Where a module of this name would lie. */
function pathOf(name: string): string {
  return new URL(`test/${name}`, root).pathname;
}

/**
 * The files on disk that programs have read: libraries above all, which are most of a program and
 * the same in each.
 */
const filesOnDisk = new Map<string, ts.SourceFile | undefined>();

/** A program of modules that are not on disk. Names are relative to `test/`. */
export function programOf(
  modules: Record<string, string>,
  overrides: ts.CompilerOptions = {},
): ts.Program {
  const options = { ...compilerOptions(), ...overrides };
  const virtual = new Map(Object.entries(modules).map(([name, text]) => [pathOf(name), text]));
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (file) => virtual.has(file) || fileExists(file);
  host.readFile = (file) => virtual.get(file) ?? readFile(file);
  host.getSourceFile = (file, version, ...rest) => {
    const text = virtual.get(file);
    if (text !== undefined) return ts.createSourceFile(file, text, version);
    if (!filesOnDisk.has(file)) filesOnDisk.set(file, getSourceFile(file, version, ...rest));
    return filesOnDisk.get(file);
  };
  return ts.createProgram([...virtual.keys()], options, host);
}

/** A complaint of the compiler. */
export interface Complaint {
  /** The module it is about. */
  readonly module: string | undefined;
  /** The text that is underlined. */
  readonly at: string;
  readonly message: string;
}

/** What the compiler says about modules of these texts. */
export function complaints(
  modules: Record<string, string>,
  overrides: ts.CompilerOptions = {},
): Complaint[] {
  const program = programOf(modules, overrides);
  // Of these alone: the package itself is another check's business.
  const files = Object.keys(modules).map((name) => program.getSourceFile(pathOf(name)));
  const found = [
    ...program.getOptionsDiagnostics(),
    ...files.flatMap((it) => program.getSyntacticDiagnostics(it)),
    ...files.flatMap((it) => program.getSemanticDiagnostics(it)),
  ];
  return found.map((it) => ({
    module: it.file?.fileName.split("/test/").at(-1),
    at: it.file?.text.slice(it.start, (it.start ?? 0) + (it.length ?? 0)) ?? "",
    message: ts.flattenDiagnosticMessageText(it.messageText, "\n"),
  }));
}

/** An editor: the part of the compiler that editors talk to, with one open file. */
export interface Editor {
  readonly service: ts.LanguageService;
  readonly file: string;
  /** Puts another text into the file. */
  readonly edit: (text: string) => void;
}

/** Opens a module in an editor. */
export function editorOf(module: string): Editor {
  const file = pathOf("edited.ts");
  let text = module;
  let version = 1;
  const options = compilerOptions();
  const { fileExists, readFile, readDirectory, directoryExists, getDirectories } = ts.sys;
  const service = ts.createLanguageService({
    fileExists,
    readFile,
    readDirectory,
    directoryExists,
    getDirectories,
    getScriptFileNames: () => [file],
    getScriptVersion: (path) => (path === file ? `${version}` : "1"),
    getScriptSnapshot: (path) => {
      const found = path === file ? text : readFile(path);
      return found === undefined ? undefined : ts.ScriptSnapshot.fromString(found);
    },
    getCurrentDirectory: () => new URL(".", root).pathname,
    getCompilationSettings: () => options,
    getDefaultLibFileName: ts.getDefaultLibFilePath,
  });
  const edit = (changed: string): void => {
    text = changed;
    version += 1;
  };
  return { service, file, edit };
}

/** Where a text begins in a module; if another one is given, behind that. */
export function startOf(module: string, text: string, behind = ""): number {
  const start = module.indexOf(text, module.indexOf(behind));
  if (start < 0) throw new Error(`the module has no "${text}"`);
  return start;
}

/**
 * What an editor shows when the mouse rests on the last name of each of these texts in a module.
 */
export function hovers(module: string, texts: readonly string[]): string[] {
  const { service, file } = editorOf(module);
  return texts.map((text) => {
    const end = startOf(module, text) + text.trimEnd().replace(/;$/, "").length;
    return ts.displayPartsToString(service.getQuickInfoAtPosition(file, end - 1)?.displayParts);
  });
}

/** What an editor offers behind each of these texts in a module, each with its description. */
export function completions(module: string, texts: readonly string[]): Record<string, string>[] {
  const { service, file } = editorOf(module);
  return texts.map((text) => {
    const end = startOf(module, text) + text.length;
    const offered = service.getCompletionsAtPosition(file, end, {})?.entries ?? [];
    return Object.fromEntries(
      offered.map(({ name }) => {
        const details = service.getCompletionEntryDetails(
          file,
          end,
          name,
          {},
          undefined,
          {},
          undefined,
        );
        return [name, ts.displayPartsToString(details?.documentation)];
      }),
    );
  });
}

/**
 * How many types the compiler has to instantiate to check a module, which is what it costs an
 * editor.
 */
export function instantiations(module: string): number {
  const program = programOf({ "measured.ts": module });
  const file = program.getSourceFile(pathOf("measured.ts"));
  const wrong = program.getSemanticDiagnostics(file);
  if (wrong.length > 0)
    throw new Error(ts.flattenDiagnosticMessageText(wrong[0]?.messageText, "\n"));
  return program.getInstantiationCount();
}
