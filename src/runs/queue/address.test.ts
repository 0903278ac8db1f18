import { describe, expect, it } from 'vitest'
import { queueAddress } from './address.ts'

describe('the address of a queue', () => {
  it('is shown without its password', () => {
    expect(queueAddress('redis://:s3cret@host:6379/2', {}).shown).toBe('redis://host:6379/2')
    expect(queueAddress('postgres://lab:s3cret@db/queue?password=s3cret', {}).shown).toBe(
      'postgres://lab@db/queue',
    )
  })

  it('comes from the environment where none is given', () => {
    expect(queueAddress(undefined, { GLASSHOUSE_QUEUE: 'rediss://host' })).toMatchObject({ kind: 'redis' })
    expect(queueAddress('postgresql://db/a', { GLASSHOUSE_QUEUE: 'redis://host' }).kind).toBe('postgres')
    expect(() => queueAddress(undefined, {})).toThrow(expect.objectContaining({ code: 'queue-missing' }))
  })

  it('is refused without being repeated where it is none: it may hold a password', () => {
    for (const wrong of ['http://:s3cret@host', 'host:6379/s3cret', 's3cret']) {
      const refused = expect.objectContaining({
        code: 'queue-address',
        message: expect.not.stringContaining('s3cret'),
      })
      expect(() => queueAddress(wrong, {})).toThrow(refused)
    }
  })
})
