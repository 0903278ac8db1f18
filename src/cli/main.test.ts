/** The frame of the command line, with commands made up for the purpose. */
import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { commandLine } from '../../test/command-line.ts'
import { GlasshouseError } from '../base/errors.ts'
import { inStage, note, openStage } from '../base/work.ts'
import {
  type CommandContext,
  type CommandDefinition,
  defineCommand,
  type Outcome,
} from '../commands/command.ts'
import type { CommandEntry } from '../commands/registry.ts'
import { main } from './main.ts'

const options = z.object({
  epochs: z.number().int().min(1).max(1000).default(10).describe('passes over the data').meta({ value: 'N' }),
  learningRate: z.number().positive().optional().describe('step size'),
  optimizer: z.enum(['sgd', 'adam']).default('sgd').describe('how steps are taken'),
  layer: z.array(z.string().min(1)).default(['stem']).describe('layers').meta({ value: 'LAYER,...' }),
  scales: z.array(z.number().int()).default([1, 2]).describe('pooling scales'),
  clip: z.boolean().default(true).describe('keep pixels in range'),
  verbose: z.boolean().default(false).describe('say more'),
  yoke: z
    .union([z.enum(['auto', 'none']), z.number()])
    .default('auto')
    .describe('tie strength'),
})

/** A command whose `run` each test chooses. */
let behaviour: (context: CommandContext, args: unknown, options: unknown) => Promise<Outcome>
const grow = defineCommand({
  name: 'grow',
  summary: 'grow something',
  arguments: [
    { name: 'model', description: 'what to grow' },
    { name: 'image', description: 'from which images', many: true, optional: true },
  ],
  options,
  examples: [{ line: 'grow resnet18 a.jpg', does: 'Grow from one image' }],
  run: (context, args, given) => behaviour(context, args, given),
})
const pair = defineCommand({
  name: 'pair',
  summary: 'compare two',
  arguments: [
    { name: 'model', description: 'a model' },
    { name: 'other', description: 'another model', optional: true },
    { name: 'a', description: 'an image' },
    { name: 'b', description: 'another image' },
  ],
  options,
  makesNothing: true,
  run: async (_, args, given) => ({ metrics: { args, given } }),
})
const needy = defineCommand({
  name: 'data needy',
  summary: 'needs an option',
  arguments: [],
  options: z.object({ objective: z.enum(['ep', 'triplet']).describe('what to learn') }),
  makesNothing: true,
  run: async () => ({ metrics: {} }),
})
const entry = (command: CommandDefinition, hidden = false): CommandEntry => ({
  name: command.name,
  summary: command.summary,
  heading: 'Commands:',
  hidden,
  load: async () => command,
})
const table = [entry(grow), entry(pair), entry(needy), entry({ ...pair, name: 'secret' }, true)]

function stream(isTTY = false) {
  let text = ''
  return {
    isTTY,
    write(part: string) {
      text += part
    },
    get text() {
      return text
    },
  }
}

const glasshouse = commandLine(table)

const start = process.cwd()
beforeEach(() => {
  process.chdir(mkdtempSync(join(tmpdir(), 'glasshouse-')))
  behaviour = async (_, args, given) => ({ metrics: { args, given } })
})
afterEach(() => process.chdir(start))

const parsed = async (...words: string[]) => {
  const { stdout, stderr, code } = await glasshouse(...words, '--json')
  expect(stderr.replace(/^Results: .*\n/, '')).toBe('')
  expect(code).toBe(0)
  return JSON.parse(stdout).metrics as { args: Record<string, unknown>; given: Record<string, unknown> }
}

describe('help', () => {
  test.each([['--help'], ['-h'], ['help'], []])(
    'glasshouse %s lists every command but the hidden ones',
    async (...words) => {
      const { code, stdout, stderr } = await glasshouse(...words)
      expect(code).toBe(0)
      expect(stderr).toBe('')
      for (const { name, summary } of table.slice(0, 3))
        expect(stdout).toMatch(new RegExp(`${name} +${summary}`))
      expect(stdout).not.toContain('secret')
    },
  )

  test('the help of a command tells its arguments, its options with defaults, and the common ones', async () => {
    const { code, stdout } = await glasshouse('grow', '--help')
    expect(code).toBe(0)
    expect(stdout).toContain('Usage: glasshouse grow MODEL [IMAGE...] [options]')
    expect(stdout).toMatch(/MODEL +what to grow/)
    expect(stdout).toMatch(/--epochs <N> +passes over the data \(default: 10\)/)
    expect(stdout).toMatch(/--optimizer <sgd\|adam> +how steps are taken \(default: sgd\)/)
    expect(stdout).toMatch(/--no-clip +do not keep pixels in range/)
    expect(stdout).toMatch(/--device <cpu\|webgpu\|cuda>/)
    expect(stdout).toContain('glasshouse grow resnet18 a.jpg')
    expect((await glasshouse('help', 'grow')).stdout).toBe(stdout)
  })

  test('the help of a group lists its commands', async () => {
    expect((await glasshouse('data', '--help')).stdout).toMatch(/needy +needs an option/)
  })

  test('--version tells the version alone', async () => {
    expect((await glasshouse('--version')).stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
  })
})

describe('what is typed', () => {
  test('defaults hold where nothing is said', async () => {
    const { args, given } = await parsed('grow', 'resnet18')
    expect(args).toEqual({ model: 'resnet18', image: [] })
    expect(given).toEqual({
      epochs: 10,
      optimizer: 'sgd',
      layer: ['stem'],
      scales: [1, 2],
      clip: true,
      verbose: false,
      yoke: 'auto',
    })
  })

  test('values are read by their types', async () => {
    const { given } = await parsed(
      ...[
        'grow',
        'm',
        '--epochs',
        '3',
        '--learning-rate=1e-3',
        '--optimizer',
        'adam',
        '--verbose',
        '--no-clip',
      ],
      ...['--yoke', '0.5', '--scales', '1,2,4,8'],
    )
    expect(given).toEqual({
      epochs: 3,
      learningRate: 0.001,
      optimizer: 'adam',
      layer: ['stem'],
      scales: [1, 2, 4, 8],
      clip: false,
      verbose: true,
      yoke: 0.5,
    })
  })

  test('a list may be repeated, may have commas, and may be several words where nothing else can be meant', async () => {
    const given = { layer: ['stem', 'stage1'] }
    const args = { model: 'm', other: 'n', a: 'a', b: 'b' }
    for (const words of [
      ['pair', 'm', 'n', 'a', 'b', '--layer', 'stem', '--layer', 'stage1'],
      ['pair', '--layer', 'stem,stage1', 'm', 'n', 'a', 'b'],
      ['pair', 'm', 'n', 'a', 'b', '--layer', 'stem', 'stage1', '--verbose'],
    ]) {
      expect(await parsed(...words)).toMatchObject({ args, given })
    }
  })

  test('an optional argument in the middle takes a word only when there is one to spare', async () => {
    expect((await parsed('pair', 'm', 'a', 'b')).args).toEqual({ model: 'm', a: 'a', b: 'b' })
    expect((await parsed('pair', 'm', 'n', 'a', 'b')).args).toEqual({
      model: 'm',
      other: 'n',
      a: 'a',
      b: 'b',
    })
  })

  test('words after -- are arguments', async () => {
    expect((await parsed('grow', 'm')).args.image).toEqual([])
    const { stdout } = await glasshouse('grow', '--json', '--', '-m', '--x.jpg')
    expect(JSON.parse(stdout).metrics.args).toEqual({ model: '-m', image: ['--x.jpg'] })
  })
})

describe('mistakes in what was asked exit with 2 and say what, where and how to mend it', () => {
  test.each<[string, string[], RegExp]>([
    ['an unknown command', ['grwo'], /unknown command 'grwo'.*Did you mean grow\?/],
    [
      'an unknown command of a group',
      ['data', 'neddy'],
      /glasshouse data: unknown command 'neddy'.*Did you mean needy\?/,
    ],
    ['a group alone', ['data'], /glasshouse data: a word is missing \(expected one of needy\)/],
    [
      'a number that is given twice',
      ['grow', 'm', '--epochs', '3', '--epochs', '4'],
      /--epochs: .*given twice.*3 and 4/,
    ],
    ['a switch both ways', ['grow', 'm', '--clip', '--no-clip'], /--clip: this is switched on and off/],
    ['a choice that is misspelt', ['grow', 'm', '--optimizer', 'SGD'], /--optimizer.*Did you mean sgd\?/],
    [
      'a word for a flag from elsewhere',
      ['grow', 'm', '--num-epochs', '3'],
      /unknown option '--num-epochs'.*Did you mean --epochs\?/,
    ],
    ['a flag before the command', ['--nonsense', 'grow'], /unknown option '--nonsense'/],
    [
      'an unknown flag',
      ['grow', 'm', '--epoch', '3'],
      /glasshouse grow: unknown option '--epoch'.*Did you mean --epochs\?/,
    ],
    [
      'a missing argument',
      ['grow'],
      /glasshouse grow: the argument MODEL is missing \(expected what to grow\)\. Usage: /,
    ],
    [
      'a word too many',
      ['pair', 'a', 'b', 'c', 'd', 'e'],
      /one word too many \(got "e"\)\. Usage: glasshouse pair MODEL/,
    ],
    [
      'a word for a number',
      ['grow', 'm', '--epochs', 'many'],
      /--epochs: .*expected a whole number, at least 1 and at most 1000, got "many"/,
    ],
    ['a fraction for a whole number', ['grow', 'm', '--epochs', '1.5'], /--epochs: .*whole number.*got 1.5/],
    [
      'a number out of range',
      ['grow', 'm', '--learning-rate', '-1'],
      /--learning-rate: .*a number, above 0, got -1/,
    ],
    ['no such choice', ['grow', 'm', '--optimizer', 'lion'], /--optimizer: .*one of sgd, adam, got "lion"/],
    ['a bad entry of a list', ['grow', 'm', '--scales', '1,two'], /--scales: .*got "two"/],
    [
      'a bad alternative',
      ['grow', 'm', '--yoke', 'tight'],
      /--yoke: .*one of auto, none, or a number, got "tight"/,
    ],
    ['a flag without its value', ['grow', 'm', '--epochs'], /--epochs.*missing/],
    [
      'a flag in place of a value',
      ['grow', 'm', '--epochs', '--json'],
      /--epochs: the value is missing.*got "--json"/,
    ],
    ['an empty value', ['grow', 'm', '--optimizer', ''], /--optimizer: the value is missing/],
    ['a value for a switch', ['grow', 'm', '--verbose=3'], /verbose/],
    ['a common option', ['grow', 'm', '--device', 'tpu'], /--device: .*one of cpu, webgpu, cuda, got "tpu"/],
    ['a negative seed', ['grow', 'm', '--seed', '-1'], /--seed: .*at least 0, got -1/],
    [
      'a required option',
      ['data', 'needy'],
      /--objective: this option must be given \(expected one of ep, triplet\)/,
    ],
  ])('%s', async (_, words, message) => {
    const { code, stdout, stderr } = await glasshouse(...words)
    expect(stderr).toMatch(message)
    expect(stderr.trim().split('\n').length).toBeLessThanOrEqual(2)
    expect(stdout).toBe('')
    expect(code).toBe(2)
    expect(existsSync('runs')).toBe(false)
  })

  test('a mistake that the command finds', async () => {
    behaviour = async () => {
      throw new GlasshouseError({
        code: 'file-missing',
        what: 'no such file',
        where: 'a.jpg',
        hint: 'Check the path',
      })
    }
    const { code, stdout, stderr } = await glasshouse('grow', 'm', '--json')
    expect({ code, stdout, stderr }).toEqual({
      code: 2,
      stdout: '',
      stderr: 'error: a.jpg: no such file. Check the path\n',
    })
  })
})

describe('faults exit with 1', () => {
  test('of the machine: reported like a mistake', async () => {
    behaviour = async () => {
      throw new GlasshouseError({ code: 'device-missing', what: 'there is no such device', fault: 'machine' })
    }
    expect(await glasshouse('grow', 'm')).toMatchObject({
      code: 1,
      stderr: 'error: there is no such device\n',
    })
  })

  test('of the file system, from any depth: reported like a mistake', async () => {
    behaviour = async () => {
      throw Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC', path: 'runs/x.png' })
    }
    const { code, stderr } = await glasshouse('grow', 'm')
    expect(code).toBe(1)
    expect(stderr).toMatch(/^error: runs\/x.png: the disk is full/)
  })

  test('of the program: with a stack trace', async () => {
    behaviour = async () => {
      throw new TypeError('x is undefined')
    }
    const { code, stdout, stderr } = await glasshouse('grow', 'm', '--json')
    expect(code).toBe(1)
    expect(stdout).toBe('')
    expect(stderr).toContain('this is a fault of glasshouse')
    expect(stderr).toMatch(/TypeError: x is undefined\n +at .*main\.test/)
  })
})

describe('the result', () => {
  test('result.json, index.html and the files beside it lie in a fresh folder under runs/', async () => {
    behaviour = async context => {
      await context.write('map.svg', '<svg/>')
      return {
        metrics: { accuracy: 0.5, values: new Float32Array([1, 2]) },
        parameters: { found: 3 },
        report: '<html/>',
      }
    }
    const { code, stdout } = await glasshouse('grow', 'm', '--seed', '7')
    expect(code).toBe(0)
    expect(stdout).toContain(join('runs', 'grow-1', 'index.html'))
    expect(readdirSync('runs/grow-1').sort()).toEqual(['index.html', 'map.svg', 'result.json'])
    const result = JSON.parse(readFileSync('runs/grow-1/result.json', 'utf8'))
    expect(Object.keys(result)).toEqual([
      ...['command', 'version', 'seed', 'device', 'seconds', 'parameters', 'metrics', 'files'],
    ])
    expect(result).toMatchObject({
      command: 'grow',
      seed: 7,
      device: 'cpu',
      parameters: { model: 'm', image: [], epochs: 10, found: 3 },
      metrics: { accuracy: 0.5, values: [1, 2] },
      files: ['map.svg', 'index.html'],
    })
    expect((await glasshouse('grow', 'm')).stdout).toContain(join('runs', 'grow-2'))
  })

  test('--json: standard output is that one object, the same as result.json', async () => {
    behaviour = async context => {
      note(context, 'a note')
      openStage(context, 'growing', 1).update(1)
      return { metrics: { accuracy: 0.5 }, summary: 'half of it' }
    }
    const { stdout, stderr } = await glasshouse('grow', 'm', '--json', '--out', 'here/there')
    expect(stdout).toBe(readFileSync('here/there/result.json', 'utf8'))
    expect(JSON.parse(stdout)).toMatchObject({ metrics: { accuracy: 0.5 } })
    expect(stderr).toContain('a note')
  })

  test('--quiet: nothing on standard error', async () => {
    behaviour = async context => {
      note(context, 'a note')
      await inStage(context, 'growing', 2, async update => update(1))
      return { metrics: {}, summary: 'done it' }
    }
    const { stdout, stderr } = await glasshouse('grow', 'm', '--quiet')
    expect(stderr).toBe('')
    expect(stdout).toMatch(/^done it\n/)
  })

  test('a command that makes nothing leaves a folder only where --out asks for one', async () => {
    await glasshouse('pair', 'm', 'a', 'b')
    expect(existsSync('runs')).toBe(false)
    await glasshouse('pair', 'm', 'a', 'b', '--out', 'kept')
    expect(readdirSync('kept')).toEqual(['result.json'])
  })

  test('without a summary of its own, the plain numbers are printed as a table', async () => {
    behaviour = async () => ({ metrics: { images: 12, recall: { 1: 0.987654 }, list: [1, 2] } })
    expect((await glasshouse('grow', 'm')).stdout).toMatch(
      /^metric +value\nimages +12\nrecall\.1 +0\.9877\nlist +2\n/,
    )
  })

  test('an --out that is a file is a mistake of the user', async () => {
    await glasshouse('pair', 'm', 'a', 'b', '--out', 'kept')
    const { code, stderr } = await glasshouse('grow', 'm', '--out', 'kept/result.json')
    expect(code).toBe(2)
    expect(stderr).toContain('kept/result.json: ')
  })
})

describe('being stopped', () => {
  const stopping = async (run: typeof behaviour) => {
    const stop = new AbortController()
    const [stdout, stderr] = [stream(), stream()]
    behaviour = (...given) => {
      queueMicrotask(() => stop.abort())
      return run(...given)
    }
    const code = await main(['grow', 'm', '--json'], { stdout, stderr, signal: stop.signal }, table)
    return { code, stdout: stdout.text, stderr: stderr.text }
  }

  test('a command that breaks off exits with 130 and says what is kept', async () => {
    const { code, stdout, stderr } = await stopping(async context => {
      await context.write('half.png', new Uint8Array(3))
      context.signal.throwIfAborted()
      return { metrics: {} }
    })
    expect({ code, stdout }).toEqual({ code: 130, stdout: '' })
    expect(stderr).toBe(`Stopped. Kept in ${join('runs', 'grow-1')}: half.png\n`)
    expect(readdirSync('runs/grow-1')).toEqual(['half.png'])
  })

  test('a command that hands back what it has by then writes its result and exits with 130', async () => {
    const { code, stdout } = await stopping(async () => ({ metrics: { epochs: 3 } }))
    expect(code).toBe(130)
    expect(JSON.parse(stdout)).toEqual(JSON.parse(readFileSync('runs/grow-1/result.json', 'utf8')))
  })
})

describe('what follows the results', () => {
  test('begins when they are written and printed', async () => {
    const seen: string[] = []
    behaviour = async context => ({
      metrics: { leaves: 3 },
      after: async () => {
        seen.push(...readdirSync(await context.out()))
      },
    })
    const { code, stdout } = await glasshouse('grow', 'oak')
    expect([code, seen]).toEqual([0, ['result.json']])
    expect(stdout).toContain('leaves')
  })

  test('is left out where there is a failure', async () => {
    let isCalled = false
    behaviour = async () => ({
      metrics: {},
      failure: new GlasshouseError({ code: 'sweep-failed', what: 'nothing grew', fault: 'machine' }),
      after: async () => {
        isCalled = true
      },
    })
    expect([(await glasshouse('grow', 'oak')).code, isCalled]).toEqual([1, false])
  })
})
