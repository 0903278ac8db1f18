/** `model inspect` and `model convert` as they are typed. */
import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { main } from './main.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'glasshouse-'))
})

async function glasshouse(...words: string[]) {
  const told = { stdout: '', stderr: '' }
  const into = (name: keyof typeof told) => ({ write: (text: string) => void (told[name] += text) })
  const { signal } = new AbortController()
  const code = await main(words, { stdout: into('stdout'), stderr: into('stderr'), signal })
  return { code, ...told }
}

describe('model inspect', () => {
  test('tells every layer with shape, parameters and multiply-adds, whose sums are the totals', async () => {
    const { code, stdout } = await glasshouse('model', 'inspect', 'resnet18', '--json')
    const { layers, parameters, multiplyAdds } = JSON.parse(stdout).metrics
    expect(code).toBe(0)
    const sum = (key: string) =>
      layers.reduce((total: number, layer: Record<string, number>) => total + layer[key], 0)
    expect([parameters, multiplyAdds]).toEqual([11_689_512, 1_814_073_344])
    expect([sum('parameters'), sum('multiplyAdds')]).toEqual([parameters, multiplyAdds])
    expect(layers.find(({ layer }: { layer: string }) => layer === 'stage2.unit1.sum')).toMatchObject({
      operator: 'Add',
      shape: [1, 128, 28, 28],
    })
  })

  test('draws the network where files are wanted', async () => {
    const out = join(folder, 'drawn')
    const { code } = await glasshouse('model', 'inspect', 'small', '--out', out)
    expect(code).toBe(0)
    expect(readdirSync(out).sort()).toEqual(['index.html', 'network.png', 'network.svg', 'result.json'])
    expect(readFileSync(join(out, 'network.svg'), 'utf8')).toContain('stage1')
    expect(JSON.parse(readFileSync(join(out, 'result.json'), 'utf8')).files).toContain('network.svg')
  })

  test('makes nothing where none are', async () => {
    const before = existsSync('runs') ? readdirSync('runs') : []
    expect((await glasshouse('model', 'inspect', 'small')).stdout).toContain('stage1.unit1.sum')
    expect(existsSync('runs') ? readdirSync('runs') : []).toEqual(before)
  })
})
