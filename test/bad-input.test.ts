/**
 * What users and machines get wrong ends in one line that names the place, and in the right exit code: 2 for the
 * user, 1 for the machine. What was there before stays. Full and read-only disks need the built program.
 */
import { spawnSync } from 'node:child_process'
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deflateSync } from 'node:zlib'
import { beforeAll, describe, expect, it } from 'vitest'
import { createEngine } from '../src/runtime/engine.node.ts'
import { commandLine } from './command-line.ts'
import { pngOf } from './hostile-images.ts'
import { seedlings } from './seedlings.ts'
import { gate } from './thorough.ts'

const program = new URL('../bin/glasshouse.js', import.meta.url).pathname
const built = existsSync(new URL('../dist/cli/main.js', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'glasshouse-bad-input-'))
const at = (...parts: string[]) => join(folder, ...parts)

/** Runs the command line in `folder`, with a cache of its own. */
const glasshouse = (...words: string[]) => commandLine()(...words, '--threads', '1')

beforeAll(() => {
  process.chdir(folder)
  process.env.GLASSHOUSE_CACHE = at('cache')
})

function shell(command: string, ...words: string[]) {
  const { status, stdout, stderr } = spawnSync(command, words, {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, GLASSHOUSE_CACHE: at('cache') },
  })
  return { status, stdout, stderr, errors: stderr.split('\n').filter(line => line.startsWith('error: ')) }
}

/** A namespace of our own, in which small and read-only file systems can be mounted; not everywhere allowed. */
const canMount =
  spawnSync('unshare', ['-rm', 'sh', '-c', 'mkdir -p $0 && mount -t tmpfs tmpfs $0', at('probe')]).status ===
  0

/** Runs a script in which "$0" "$1" is the program, with mounts that nobody else sees. */
const mounted = (script: string, ...words: string[]) =>
  shell('unshare', '-rm', 'sh', '-c', script, process.execPath, program, ...words, '--threads', '1')

const recipe = ['--net', 'small', '--size', '16', '--batch', '12', '--epochs', '2', '--quiet']

describe('one line and an exit code', () => {
  beforeAll(async () => {
    cpSync(await seedlings(), at('data'), { recursive: true })
    mkdirSync(at('empty'))
    expect((await glasshouse('train', 'data', ...recipe, '--out', 'run')).code).toBe(0)
  })

  /** A copy of the data in which the first image has been replaced. */
  function spoilt(name: string, spoil: (picture: string) => void): string {
    cpSync(at('data'), at(name), { recursive: true })
    const [species] = readdirSync(at(name, 'train'))
    const [picture] = readdirSync(at(name, 'train', species))
    spoil(at(name, 'train', species, picture))
    return picture
  }

  it('an empty folder', async () => {
    const { code, errors, stderr } = await glasshouse('train', 'empty', ...recipe)
    expect([code, errors]).toEqual([2, [expect.stringContaining('empty: the folder is empty')]])
    expect(stderr.trim().split('\n')).toHaveLength(1)
  })

  it('a class with one image', async () => {
    const [species, other] = readdirSync(at('data', 'train'))
    const [picture] = readdirSync(at('data', 'train', other))
    cpSync(at('data', 'train', species), at('one', species), { recursive: true })
    mkdirSync(at('one', other))
    copyFileSync(at('data', 'train', other, picture), at('one', other, picture))
    const { code, errors } = await glasshouse('train', 'one', '--objective', 'epshn', ...recipe)
    expect([code, errors]).toEqual([2, [expect.stringContaining(`'${other}' (1)`)]])
  })

  it('a truncated image is skipped by name, and an error where asked for', async () => {
    const picture = spoilt('truncated', path => truncateSync(path, 400))
    const lenient = await glasshouse('data', 'inspect', 'truncated')
    expect(lenient.code).toBe(0)
    expect(lenient.stdout + lenient.stderr).toContain(picture)
    const strict = await glasshouse('train', 'truncated', '--strict', ...recipe)
    expect([strict.code, strict.errors]).toEqual([2, [expect.stringContaining(picture)]])
  })

  it('a text that calls itself an image', async () => {
    const picture = spoilt('mislabelled', path => writeFileSync(path, 'not an image'))
    const { code, errors } = await glasshouse('train', 'mislabelled', '--strict', ...recipe)
    expect([code, errors]).toEqual([2, [expect.stringContaining(picture)]])
  })

  it('a decompression bomb is never decoded', async () => {
    const bomb = at('bomb.png')
    // One bit for every pixel: 72 million of them in a few kilobytes.
    const [width, height] = [9000, 8000]
    const header = Buffer.alloc(13)
    header.writeUInt32BE(width)
    header.writeUInt32BE(height, 4)
    header[8] = 1
    const rows = deflateSync(Buffer.alloc(height * (1 + width / 8)))
    const chunks = [
      { type: 'IHDR', body: header },
      { type: 'IDAT', body: rows },
      { type: 'IEND', body: Buffer.alloc(0) },
    ]
    writeFileSync(bomb, pngOf(chunks))
    const { code, errors } = await glasshouse('classify', 'run', 'bomb.png')
    expect([code, errors]).toEqual([2, [expect.stringMatching(/bomb\.png.*megapixel/i)]])
  }, 60_000)

  it('a checkpoint cut short, which stays as it is', async () => {
    cpSync(at('run'), at('cut'), { recursive: true })
    const last = at('cut', 'checkpoints', 'last.safetensors')
    truncateSync(last, 5000)
    for (const words of [
      ['train', '--resume', 'cut', '--quiet'],
      ['classify', 'cut/checkpoints/last.safetensors', 'x.png'],
    ]) {
      const { code, errors } = await glasshouse(...words)
      expect([words[0], code, errors]).toEqual([words[0], 2, [expect.stringContaining('last.safetensors')]])
    }
    expect(readFileSync(last)).toHaveLength(5000)
  })

  it('a device that the machine lacks', async () => {
    if (
      await createEngine({ device: 'cuda' }).then(
        () => true,
        () => false,
      )
    )
      return
    const { code, errors } = await glasshouse('train', 'data', ...recipe, '--device', 'cuda')
    expect([code, errors]).toEqual([2, [expect.stringContaining("'cuda'")]])
  })

  it.runIf(gate)('a rate at which training diverges', async () => {
    const { code, errors } = await glasshouse(
      'train',
      'data',
      ...recipe,
      '--lr',
      '1e20',
      '--momentum',
      '0.99',
      '--out',
      'diverged',
    )
    expect([code, errors]).toEqual([2, [expect.stringMatching(/step \d+.*--lr/s)]])
    expect(JSON.parse(readFileSync(at('diverged', 'run.json'), 'utf8')).training.rate).toBe(1e20)
  })

  describe.skipIf(!canMount || !built)(
    'of the built program (skipped where no file system can be mounted)',
    () => {
      it.runIf(gate)('a full disk ends a run with 1; with room again it goes on to the end', async () => {
        const script = `
        mkdir -p small && mount -t tmpfs -o size=1200k tmpfs small && echo precious > small/kept
        "$0" "$@" --out small/run; echo "first $?"
        mount -o remount,size=64m small
        "$0" "$1" train --resume small/run --quiet --threads 1; echo "second $?"
        cat small/kept; ls small/run/checkpoints`
        const { stdout, errors } = mounted(script, 'train', 'data', ...recipe)
        expect(errors).toEqual([expect.stringMatching(/disk is full|no space/i)])
        expect(stdout).toContain('first 1')
        expect(stdout).toContain('second 0')
        expect(stdout).toContain('precious')
        expect(stdout).toContain('epoch-0002.safetensors\nlast.safetensors')
        expect(stdout).not.toContain('.tmp')
      })

      it.runIf(gate)('a folder that cannot be written to', async () => {
        const script = `
        mkdir -p fixed && mount -t tmpfs tmpfs fixed && echo precious > fixed/kept && mount -o remount,ro fixed
        "$0" "$@" --out fixed/run; echo "exit $?"; cat fixed/kept`
        const { stdout, errors } = mounted(script, 'train', 'data', ...recipe)
        expect(errors).toEqual([expect.stringMatching(/fixed.*read-only/i)])
        expect(stdout).toMatch(/exit [12]\nprecious/)
      })
    },
  )
}, 120_000)
