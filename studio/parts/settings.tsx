/** Names and values below each other. */
export const Settings = ({
  rows,
  wide,
}: {
  rows: readonly (readonly [string, string])[]
  wide?: boolean
}) => (
  <dl class={`settings${wide ? ' wide' : ''}`}>
    {rows.map(([name, value]) => (
      <div key={name}>
        <dt>{name}</dt>
        <dd>{value}</dd>
      </div>
    ))}
  </dl>
)
