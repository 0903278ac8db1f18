/** A view that is loaded when it is first opened: its code is not part of the page's beginning. */
import type { ComponentType } from 'preact'
import { useLoaded } from '../loaded.ts'
import { Shown } from './states.tsx'

export const lazy = (name: string, load: () => Promise<ComponentType>): ComponentType =>
  function Lazy() {
    const loaded = useLoaded(`code ${name}`, async () => ({ View: await load() }))
    return (
      <Shown of={loaded} height={480}>
        {({ View }) => <View />}
      </Shown>
    )
  }
