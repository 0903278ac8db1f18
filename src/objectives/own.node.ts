/**
 * An objective of the user's own, from a JavaScript or TypeScript file that exports what `defineObjective` gives.
 *
 * The file is bundled with what it imports by esbuild and then imported. Node 20 reads no TypeScript, and a file can
 * stand in a folder where `glasshouse` is not installed: here both `glasshouse` and `zod` mean those of the running
 * program, wherever the file is. The bundle also says which files there were, so that a change of any of them is
 * noticed when a run is resumed. Types are removed, not checked.
 */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile, realpath } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { BuildFailure, Plugin } from 'esbuild'
import { z } from 'zod'
import { GlasshouseError, messageOf } from '../base/errors.ts'
import { type ChosenObjective, isObjectiveFile, type OwnFile } from './file.ts'
import type { Objective } from './objective.ts'
import { objectiveNamed, objectives } from './registry.ts'

/** The objective of that name, or of the file at that path. */
export async function openObjective(asked: string): Promise<ChosenObjective> {
  return isObjectiveFile(asked) ? openOwnObjective(asked) : { objective: objectiveNamed(asked) }
}

/**
 * Runs the file: what it does when it is imported happens.
 *
 * @throws GlasshouseError where there is no such file, it cannot be read as a program, or it exports no objective
 */
export async function openOwnObjective(asked: string): Promise<Required<ChosenObjective>> {
  const path = resolve(asked)
  if (!existsSync(path))
    throw new GlasshouseError({
      code: 'file-missing',
      what: 'there is no such file',
      where: path,
      hint: `Name a file that exports an objective, or one of ${[...objectives.keys()].join(', ')}`,
    })
  const { program, sha256 } = await bundled(path)
  const exported: Readonly<Record<string, unknown>> = await import(
    `data:text/javascript;base64,${Buffer.from(program).toString('base64')}`
  ).catch(error => {
    throw new GlasshouseError({
      code: 'objective-unreadable',
      what: `the file fails while it is imported: ${messageOf(error)}`,
      where: path,
      cause: error,
    })
  })
  const objective = objectiveAmong(exported, path)
  if (objectives.has(objective.name))
    throw new GlasshouseError({
      code: 'objective-unreadable',
      what: `there is an objective called '${objective.name}' already`,
      where: path,
      hint: 'Give yours another name: it is what runs and plots are titled with',
    })
  return { objective, file: { path, sha256 } }
}

/** Refuses to go on with an objective that computes something else than before. */
export function requireSameFile(before: OwnFile, { path, sha256 }: OwnFile): void {
  if (before.sha256 === sha256) return
  throw new GlasshouseError({
    code: 'objective-changed',
    what: 'the objective is not the one that the run began with',
    where: path,
    expected: `sha256 ${before.sha256.slice(0, 12)}`,
    got: sha256.slice(0, 12),
    hint: 'Restore the file and all that it imports, or begin a new run',
  })
}

const { resolve: installed } = createRequire(import.meta.url)

/** The program's own Glasshouse and zod: a second copy would have other classes, and its options would not be known as such. */
const shared: Plugin = {
  name: 'shared',
  setup: build =>
    build.onResolve({ filter: /^(glasshouse|zod)(\/|$)/ }, ({ path }) => ({
      path: pathToFileURL(installed(path)).href,
      external: true,
    })),
}

async function bundled(path: string): Promise<{ program: Uint8Array; sha256: string }> {
  const { build } = await import('esbuild')
  // Files are named, and so ordered, by where they lie beside the first: not by where the program was started.
  const folder = dirname(await realpath(path))
  const { outputFiles, metafile } = await build({
    absWorkingDir: folder,
    entryPoints: [path],
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    logLevel: 'silent',
    plugins: [shared],
  }).catch((error: BuildFailure) => {
    throw unreadable(error, path, folder)
  })
  const hash = createHash('sha256')
  for (const file of Object.keys(metafile.inputs).sort())
    hash.update(await readFile(resolve(folder, file))).update('\0')
  return { program: outputFiles[0].contents, sha256: hash.digest('hex') }
}

/** @param folder that esbuild names files from */
function unreadable(error: BuildFailure, path: string, folder: string): unknown {
  const [first] = error.errors ?? []
  if (!first) return error
  const { text, location } = first
  return new GlasshouseError({
    code: 'objective-unreadable',
    what: text,
    where: location ? `${resolve(folder, location.file)}:${location.line}:${location.column + 1}` : path,
    got: location?.lineText.trim(),
    cause: error,
  })
}

const shape = z.object({
  name: z.string().regex(/^[\w-]{1,64}$/, 'a word of letters, digits, - and _'),
  kind: z.enum(['classes', 'embedding']),
  summary: z.string(),
  options: z.custom(value => value instanceof z.ZodType, 'a zod schema of its options, such as z.object({})'),
  balanced: z.boolean(),
  mixes: z.boolean().optional(),
  parameters: z.function().optional(),
  state: z.function().optional(),
  noisy: z.function().optional(),
  build: z.custom(value => typeof value === 'function', 'a function from a batch to { loss, statistics }'),
})

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  value !== null && typeof value === 'object'

/** What is exported as default, or the one objective among the exports. */
function objectiveAmong(exported: Readonly<Record<string, unknown>>, path: string): Objective {
  const candidates =
    exported.default === undefined
      ? Object.values(exported).filter(value => isObject(value) && 'build' in value)
      : [exported.default]
  if (candidates.length !== 1)
    throw new GlasshouseError({
      code: 'objective-unreadable',
      what: candidates.length ? 'the file exports several objectives' : 'the file exports no objective',
      where: path,
      expected: 'one, as `export default defineObjective({ ... })`',
      hint: 'examples/objectives/gram.ts is one to begin from',
    })
  const [value] = candidates
  if (isObjective(value)) return value
  const [issue] = shape.safeParse(value).error?.issues ?? []
  throw new GlasshouseError({
    code: 'objective-unreadable',
    what: `what the file exports is not an objective: ${issue?.path.join('.') || 'it'}: ${issue?.message}`,
    where: path,
    hint: 'Export what defineObjective gives; examples/objectives/gram.ts is one to begin from',
  })
}

const isObjective = (value: unknown): value is Objective => shape.safeParse(value).success
