/** Every engine that can be had here passes one suite; the others say why they are left out. */
import { describe, it } from 'vitest'
import { deviceSuite } from '../../test/device-suite.ts'
import { gate } from '../../test/thorough.ts'
import { GlasshouseError } from '../base/errors.ts'
import { createEngine } from './engine.node.ts'
import { devices } from './engine.ts'
import { createEngine as createWebEngine } from './engine.web.ts'

/** Why a device cannot be used here; undefined where it can. */
const missing = new Map<string, string | undefined>()
for (const device of devices)
  missing.set(
    device,
    await createEngine({ device }).then(
      () => undefined,
      (error: unknown) => {
        if (error instanceof GlasshouseError && error.code === 'device-missing') return error.what
        throw error
      },
    ),
  )
const absent = devices.find(device => missing.get(device) !== undefined)

for (const device of devices) {
  // Computed in software it takes minutes.
  const slow = device === 'webgpu' && !gate ? 'it is tested in the gate' : undefined
  const reason = missing.get(device) ?? slow
  if (reason !== undefined)
    describe.skip(`an engine on ${device}`, () => it(`is left out: ${reason}`, () => {}))
  else
    deviceSuite({
      name: `${device} in Node`,
      open: () => createEngine({ device, threads: 2 }),
      openMissing: () => createEngine({ device: absent }),
    })
}

deviceSuite({
  name: 'WebAssembly',
  open: () => createWebEngine({ threads: 1 }),
  openMissing: () => createWebEngine({ device: 'webgpu' }),
})
