/** What is known of an image, what training would see of it, and how to look at it. */
import type { DataImage } from '../../../src/server/api.ts'
import { client, isHeld } from '../../client.ts'
import { useLoaded } from '../../loaded.ts'
import { Augmented } from '../../parts/augmented.tsx'
import { href, query, setQuery } from '../../route.ts'

export function AboutImage({ data, image }: { data: string; image: DataImage }) {
  const train = useLoaded('command train', signal => client.command('train', signal))
  const field = train.value?.options.find(({ key }) => key === 'augment')
  const choices = field?.choices ?? []
  const asked = query.value.get('augment')
  const augment = choices.find(name => name === asked) ?? choices.find(name => name === field?.default)
  if (isHeld()) return <Facts image={image} />
  return (
    <>
      <Facts image={image} />
      <h3>Look at it with</h3>
      <ul class="plain-links">
        {(['cam', 'dream', 'neighbours', 'anatomy'] as const).map(command => (
          <li key={command}>
            <a
              href={href('start', {
                command,
                [command === 'cam' ? 'in.pictures' : 'in.image']: `${data}/${image.path}`,
                ...(command === 'neighbours' && { 'in.data': data }),
              })}
            >
              {command}
            </a>
          </li>
        ))}
      </ul>
      {augment !== undefined && (
        <>
          <h3>
            What training sees{' '}
            <select
              aria-label="augmentation"
              value={augment}
              onChange={event => setQuery({ augment: event.currentTarget.value })}
            >
              {choices.map(name => (
                <option key={name}>{name}</option>
              ))}
            </select>
          </h3>
          <Augmented data={data} path={image.path} augment={augment} size={96} />
        </>
      )}
    </>
  )
}

const Facts = ({ image }: { image: DataImage }) => (
  <dl class="facts">
    <div>
      <dt>class</dt>
      <dd>{image.label}</dd>
    </div>
    {image.split && (
      <div>
        <dt>split</dt>
        <dd>{image.split}</dd>
      </div>
    )}
  </dl>
)
