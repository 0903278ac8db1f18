/**
 * What every lens must pass, on a tiny network and drawn images, without a file: the same seed gives the same bytes, it
 * stops when it is stopped, its result and its metrics are plain data, it draws, and every option does something.
 */
import { createHash } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { drawPlainly, lensCases } from '../../test/lens-cases.ts'
import { namedPictures, namedVectors } from '../../test/lens-inputs.ts'
import { gate } from '../../test/thorough.ts'
import { expectWellFormed } from '../../test/work-events.ts'
import { GlasshouseError } from '../base/errors.ts'
import type { WorkEvent } from '../base/work.ts'
import { renderReport } from '../figures/report.ts'
import { createEngine } from '../runtime/engine.node.ts'
import type { Engine } from '../runtime/engine.ts'
import { type Artefact, artefactsOf } from './artefacts.ts'
import type { Drawing, InputValues, LensContext, LensDefinition } from './lens.ts'
import { checkUsedOptions } from './look.ts'
import { lenses } from './registry.ts'

const engine = await createEngine({ threads: 1 })

/** A context without files. */
function contextOf(
  signal = new AbortController().signal,
  emit: LensContext['emit'] = () => {},
  seed = 3,
): LensContext {
  return {
    engine,
    seed,
    signal,
    emit,
    picture: async path => ({ path, picture: namedPictures[path] }),
    vectors: async path => namedVectors[path],
    threads: lensCases.threads,
  }
}

/** The engine, whose programs fail once the work is under way. */
const engineThatFails = (isUnderWay: () => boolean): Engine => ({
  ...engine,
  async compile(request) {
    const program = await engine.compile(request)
    return {
      ...program,
      run(feeds) {
        if (isUnderWay()) throw new Error('the machine fails')
        return program.run(feeds)
      },
    }
  },
})

/** Typed arrays and maps by content; times differ from run to run. */
const textOf = (value: unknown): string =>
  JSON.stringify(value, (key, part: unknown) => {
    if (key === 'seconds' || typeof part === 'function') return undefined
    if (ArrayBuffer.isView(part)) {
      const bytes = new Uint8Array(part.buffer, part.byteOffset, part.byteLength)
      return `${part.constructor.name} ${createHash('sha1').update(bytes).digest('hex')}`
    }
    if (part instanceof Map) return [...part]
    return typeof part === 'bigint' ? String(part) : part
  })

const canvas = { document: drawPlainly.document, embed: drawPlainly.embed }

/** Metrics as result.json holds them. */
const asJson = (metrics: object): unknown =>
  JSON.parse(
    JSON.stringify(metrics, (_, value: unknown) =>
      ArrayBuffer.isView(value) ? Array.from(value as Uint8Array) : value,
    ),
  )

test('the suite has every lens', () => {
  expect(Object.keys(lensCases.of).sort()).toEqual(lenses.map(({ name }) => name).sort())
})

describe.each(lenses.map(({ name, load }) => [name, load] as const))('%s', (name, load) => {
  const { inputs, options, changes, variants = {} } = lensCases.of[name]
  let lens: LensDefinition
  let result: unknown
  let drawing: Drawing
  const look = async (more: object = {}, context = contextOf(), asked = inputs) =>
    (await lens.run()).run(context, asked, checkUsedOptions(lens, { ...options, ...more }, asked))
  const draw = async (found: unknown, asked = inputs) =>
    (await lens.draw()).draw(withoutTime(found), canvas, asked)

  /** Drawing, result and metrics. */
  const everythingOf = async (found: unknown, asked = inputs) =>
    textOf([await draw(found, asked), found, (await lens.run()).metrics(found)])

  beforeAll(async () => {
    lens = await load()
    result = await look()
    drawing = await draw(result)
  }, 60_000)

  test('the same seed gives the same result and the same drawing', async () => {
    const again = await look()
    expect(textOf(again)).toBe(textOf(result))
    expect(textOf(await draw(again))).toBe(textOf(drawing))
  })

  test('its result survives a structured clone, and draws the same', async () => {
    const clone = structuredClone(result)
    expect(textOf(clone)).toBe(textOf(result))
    expect(textOf(await draw(clone))).toBe(textOf(drawing))
  })

  test('its metrics come out of JSON as the schema says', async () => {
    const { metrics } = await lens.run()
    const read = asJson(metrics(result))
    const checked = lens.metrics.safeParse(read)
    expect(checked.error?.issues ?? []).toEqual([])
    expect(Object.keys(checked.data ?? {}).length).toBeGreaterThan(0)
    expect(read, 'the schema leaves out what the metrics have').toEqual(checked.data)
    expect(looseParts(z.toJSONSchema(lens.metrics, { io: 'output' }))).toEqual([])
  })

  test('its page shows something', () => {
    const html = renderReport({ title: lens.title, ...drawing.report, footer: '' })
    expect(html).toContain(lens.title)
    expect(drawing.report.sections.length).toBeGreaterThan(0)
    expect(Object.keys(drawing.pictures).length).toBeGreaterThan(0)
  })

  test('its files have names of their own, and types that fit', async () => {
    const files: Artefact[] = []
    for await (const file of artefactsOf(drawing, drawPlainly.encoders)) files.push(file)
    expect(new Set(files.map(file => file.name)).size).toBe(files.length)
    for (const { name, type, content } of files) {
      expect(name).toMatch(/^[\w.-]+\.(svg|png|arrow|npy|csv|mp4)$/)
      expect(type).toMatch(/^(image|video|application|text)\//)
      expect(content.length).toBeGreaterThan(0)
    }
  })

  test('its events are plain data, what begins also ends, and nothing is counted beyond its total', async () => {
    const events: WorkEvent[] = []
    await look(
      {},
      contextOf(undefined, event => events.push(event)),
    )
    expectWellFormed(events)
  })

  test('what it began also ends when its work fails', async () => {
    const events: WorkEvent[] = []
    const failing = contextOf(undefined, event => events.push(event))
    const isUnderWay = () => events.some(({ kind }) => kind === 'progress')
    await look({}, { ...failing, engine: engineThatFails(isUnderWay) }).catch(error =>
      expect(error.message).toBe('the machine fails'),
    )
    expectWellFormed(events)
  })

  test('it does not begin when it has been stopped, and is silent soon after it is stopped', async () => {
    const stopped = AbortSignal.abort()
    await expect(look({}, contextOf(stopped))).rejects.toBe(stopped.reason)
    const stop = new AbortController()
    const events: WorkEvent[] = []
    const emit: LensContext['emit'] = event => {
      events.push(event)
      if (event.kind === 'progress') stop.abort()
    }
    await look({}, contextOf(stop.signal, emit)).catch(error => expect(error).toBe(stop.signal.reason))
    expectWellFormed(events)
    const progress = events.findIndex(({ kind }) => kind === 'progress')
    const after = progress < 0 ? [] : events.slice(progress + 1)
    expect(after.filter(({ kind }) => kind !== 'end')).toEqual([])
  })

  test('every option is tried', () => {
    expect(Object.keys(changes).sort()).toEqual(Object.keys(lens.options.shape).sort())
  })

  // Of each lens some options, in the gate all.
  const tried = Object.entries(changes).slice(0, gate ? undefined : 3)
  test.each(tried)('the option %s has an effect', async (key, change) => {
    const { to, beside = {}, inputs: asked = inputs, silent } = change
    const effect = async (values: object) => everythingOf(await look(values, contextOf(), asked), asked)
    const isUsual = asked === inputs && Object.keys(beside).length === 0
    const before = isUsual ? await everythingOf(result) : await effect(beside)
    const after = await effect({ ...beside, [key]: to })
    expect(withoutOptions(after) !== withoutOptions(before) || silent !== undefined).toBe(true)
  })

  const alone = Object.entries(gate ? changes : {}).filter(([, { beside, bound }]) => beside && !bound)
  test.each(alone)('the option %s by itself has an effect or is refused', async (key, change) => {
    const after = await effectOrRefusal({ [key]: change.to }, inputs)
    if (after !== 'refused')
      expect(after !== withoutOptions(await everythingOf(result)) || change.silent !== undefined).toBe(true)
  })

  /** What comes out, or that an option is refused because it would have no effect. */
  async function effectOrRefusal(values: object, asked: InputValues): Promise<string> {
    try {
      return withoutOptions(await everythingOf(await look(values, contextOf(), asked), asked))
    } catch (error) {
      if (error instanceof GlasshouseError && error.code === 'option-unused') return 'refused'
      throw error
    }
  }

  describe.runIf(gate).each(Object.entries(variants))('%s', (_, variant) => {
    const { inputs: asked = inputs, options: more = {} } = variant
    const all = Object.entries({ ...changes, ...variant.changes })
    test.each(all)('the option %s has an effect or is refused', async (key, change) => {
      const given = Reflect.get(more, key) !== undefined
      if (change.silent !== undefined || given) return
      const beside = { ...change.beside, ...more }
      const after = await effectOrRefusal({ ...beside, [key]: change.to }, asked)
      if (after !== 'refused') expect(after).not.toBe(await effectOrRefusal(beside, asked))
    })
  })
})

/** Where a schema would take anything, or any names. */
function looseParts(schema: unknown, path = 'metrics'): string[] {
  if (typeof schema !== 'object' || schema === null) return []
  const {
    type,
    properties = {},
    items,
    anyOf,
    additionalProperties,
    ...rest
  } = schema as z.core.JSONSchema.BaseSchema
  const parts = [
    ...Object.entries(properties).flatMap(([name, part]) => looseParts(part, `${path}.${name}`)),
    ...(items ? looseParts(items, `${path}[]`) : []),
    ...(anyOf ?? []).flatMap(part => looseParts(part, path)),
  ]
  const says = type !== undefined || anyOf !== undefined || 'enum' in rest || 'const' in rest
  const closed = type !== 'object' || additionalProperties === false
  return says && closed ? parts : [path, ...parts]
}

/** A page may show how long the work took. */
const withoutTime = (found: unknown): unknown =>
  found && typeof found === 'object' && 'seconds' in found ? { ...found, seconds: 1 } : found

/** A result that repeats its options would differ by that alone. */
const withoutOptions = (text: string): string => text.replace(/"options":\{[^{}]*\}/g, '')
