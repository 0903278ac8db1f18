/** `one-image` as a user types it, as small as it gets. */
import { existsSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { glasshouse } from '../../test/command-line.ts'
import { seedlings } from '../../test/seedlings.ts'
import { gate } from '../../test/thorough.ts'

const recipe =
  '--crops 64 --size 16 --batch 16 --epochs 2 --steps 2 --features 32 --layers stage2 --threads 1 --json'.split(
    ' ',
  )

it.runIf(gate).each(['rotation', 'cluster'])(
  '%s: trains three ways and probes four',
  async method => {
    const data = await seedlings()
    const out = mkdtempSync(join(tmpdir(), 'glasshouse-one-image-'))
    const image = join(data, 'train/Maize/0000.png')
    const clusters = method === 'cluster' ? ['--clusters', '4'] : []
    const { code, stdout, errors } = await glasshouse(
      ...[
        'one-image',
        image,
        '--data',
        data,
        '--net',
        'small',
        '--method',
        method,
        ...clusters,
        ...recipe,
        '--out',
        out,
      ],
    )
    expect([code, errors]).toEqual([0, []])
    const { metrics } = JSON.parse(stdout)
    expect(metrics.pretext.loss).toBeGreaterThan(0)
    expect(metrics.layers.map(({ layer }: { layer: string }) => layer)).toContain('stage2')
    for (const { random, oneImage, fullData, supervised } of metrics.layers)
      for (const share of [random, oneImage, fullData, supervised]) {
        expect(share).toBeGreaterThanOrEqual(0)
        expect(share).toBeLessThanOrEqual(1)
      }
    for (const name of ['index.html', 'probes.png', 'filters.png', 'crops.png'])
      expect(existsSync(join(out, name)), name).toBe(true)
  },
  120_000,
)
