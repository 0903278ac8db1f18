/** Beside the form of a training: what it would see of the images, with the options as they are filled in. */
import { useState } from 'preact/hooks'
import type { CommandForm } from '../../../src/server/api.ts'
import { client } from '../../client.ts'
import { useLoaded } from '../../loaded.ts'
import { Augmented } from '../../parts/augmented.tsx'
import { defaultWords, type Filled, fieldsOf } from './filled.ts'

export function WhatTrainingSees({ form, filled }: { form: CommandForm; filled: Filled }) {
  const [image, setImage] = useState(0)
  const data = filled.inputs.data?.[0]
  const loaded = useLoaded(data && `image ${data} ${image}`, signal =>
    client.images({ data, offset: image, count: 1 }, signal),
  )
  const wordOf = (key: string) => {
    const field = fieldsOf(form).find(one => one.key === key)
    return filled.options[key] || (field && defaultWords(field)) || undefined
  }
  const number = (key: string) => {
    const value = Number(wordOf(key) ?? Number.NaN)
    return Number.isInteger(value) ? value : undefined
  }
  const shown = loaded.value?.images[0]
  if (!data || !shown) return null
  const total = loaded.value?.total ?? 1
  return (
    <section class="sees">
      <h2>What training sees</h2>
      <Augmented
        data={data}
        path={shown.path}
        augment={wordOf('augment')}
        size={number('size')}
        seed={number('seed')}
      />
      <p class="small soft">
        {shown.label}, in eight epochs.{' '}
        <button
          type="button"
          class="link"
          // A prime step goes through all classes.
          onClick={() => setImage((image + 97) % total)}
        >
          Another image
        </button>
      </p>
    </section>
  )
}
