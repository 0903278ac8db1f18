/**
 * What users and machines get wrong ends in one line that names the place, and in the right exit code: 2 for the
 * user, 1 for the machine. What was there before stays. Uses the built program.
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
import sharp from 'sharp'
import { beforeAll, describe, expect, it } from 'vitest'
import { writeSeedlings } from '../src/data/seedlings/draw.node.ts'

const program = new URL('../bin/glasshouse.js', import.meta.url).pathname
const built = existsSync(new URL('../dist/cli/main.js', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'glasshouse-bad-input-'))
const at = (...parts: string[]) => join(folder, ...parts)

/** Runs the program in `folder`, with a cache of its own. */
function glasshouse(...words: string[]) {
  return shell(process.execPath, program, ...words, '--threads', '1')
}

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

describe.skipIf(!built)(
  'one line and an exit code',
  () => {
    beforeAll(async () => {
      await writeSeedlings(at('data'), { perClass: 10, size: 24 })
      mkdirSync(at('empty'))
      expect(glasshouse('train', 'data', ...recipe, '--out', 'run').status).toBe(0)
    })

    /** A copy of the data in which the first image has been replaced. */
    function spoilt(name: string, spoil: (picture: string) => void): string {
      cpSync(at('data'), at(name), { recursive: true })
      const [species] = readdirSync(at(name, 'train'))
      const [picture] = readdirSync(at(name, 'train', species))
      spoil(at(name, 'train', species, picture))
      return picture
    }

    it('an empty folder', () => {
      const { status, errors, stderr } = glasshouse('train', 'empty', ...recipe)
      expect([status, errors]).toEqual([2, [expect.stringContaining('empty: the folder is empty')]])
      expect(stderr.trim().split('\n')).toHaveLength(1)
    })

    it('a class with one image', () => {
      const [species, other] = readdirSync(at('data', 'train'))
      const [picture] = readdirSync(at('data', 'train', other))
      cpSync(at('data', 'train', species), at('one', species), { recursive: true })
      mkdirSync(at('one', other))
      copyFileSync(at('data', 'train', other, picture), at('one', other, picture))
      const { status, errors } = glasshouse('train', 'one', '--objective', 'epshn', ...recipe)
      expect([status, errors]).toEqual([2, [expect.stringContaining(`'${other}' (1)`)]])
    })

    it('a truncated image is skipped by name, and an error where asked for', () => {
      const picture = spoilt('truncated', path => truncateSync(path, 400))
      const lenient = glasshouse('data', 'inspect', 'truncated')
      expect(lenient.status).toBe(0)
      expect(lenient.stdout + lenient.stderr).toContain(picture)
      const strict = glasshouse('train', 'truncated', '--strict', ...recipe)
      expect([strict.status, strict.errors]).toEqual([2, [expect.stringContaining(picture)]])
    })

    it('a text that calls itself an image', () => {
      const picture = spoilt('mislabelled', path => writeFileSync(path, 'not an image'))
      const { status, errors } = glasshouse('train', 'mislabelled', '--strict', ...recipe)
      expect([status, errors]).toEqual([2, [expect.stringContaining(picture)]])
    })

    it('a decompression bomb is never decoded', async () => {
      const bomb = at('bomb.png')
      const white = { create: { width: 9000, height: 8000, channels: 3 as const, background: 'white' } }
      await sharp(white).png({ compressionLevel: 9 }).toFile(bomb)
      const { status, errors } = glasshouse('classify', 'run', 'bomb.png')
      expect([status, errors]).toEqual([2, [expect.stringMatching(/bomb\.png.*megapixel/i)]])
    }, 60_000)

    it('a checkpoint cut short, which stays as it is', () => {
      cpSync(at('run'), at('cut'), { recursive: true })
      const last = at('cut', 'checkpoints', 'last.safetensors')
      truncateSync(last, 5000)
      for (const words of [
        ['train', '--resume', 'cut', '--quiet'],
        ['classify', 'cut/checkpoints/last.safetensors', 'x.png'],
      ]) {
        const { status, errors } = glasshouse(...words)
        expect([words[0], status, errors]).toEqual([
          words[0],
          2,
          [expect.stringContaining('last.safetensors')],
        ])
      }
      expect(readFileSync(last)).toHaveLength(5000)
    })

    it('a device that the machine lacks', () => {
      if (shell(process.execPath, program, 'classify', 'run', 'x.png', '--device', 'cuda').status === 0)
        return
      const { status, errors } = glasshouse('train', 'data', ...recipe, '--device', 'cuda')
      expect([status, errors]).toEqual([2, [expect.stringContaining("'cuda'")]])
    })

    it('a rate at which training diverges', () => {
      const { status, errors } = glasshouse(
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
      expect([status, errors]).toEqual([2, [expect.stringMatching(/step \d+.*--lr/s)]])
      expect(JSON.parse(readFileSync(at('diverged', 'run.json'), 'utf8')).training.rate).toBe(1e20)
    })

    describe.skipIf(!canMount)('(skipped where no file system can be mounted)', () => {
      it('a full disk ends a run with 1; with room again it goes on to the end', () => {
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

      it('a folder that cannot be written to', () => {
        const script = `
        mkdir -p fixed && mount -t tmpfs tmpfs fixed && echo precious > fixed/kept && mount -o remount,ro fixed
        "$0" "$@" --out fixed/run; echo "exit $?"; cat fixed/kept`
        const { stdout, errors } = mounted(script, 'train', 'data', ...recipe)
        expect(errors).toEqual([expect.stringMatching(/fixed.*read-only/i)])
        expect(stdout).toMatch(/exit [12]\nprecious/)
      })
    })
  },
  120_000,
)
