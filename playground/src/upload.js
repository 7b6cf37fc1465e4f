// Which variables of an operation take files, and the form that brings them: the GraphQL multipart
// request specification. The schema alone decides; no operation is known here by name.
import { getNullableType, isInputObjectType, isListType, isNonNullType, parse, typeFromAST } from 'graphql';

const takesFile = (type) => getNullableType(type).name === 'Upload';
const isObject = (value) => typeof value === 'object' && value !== null;

/** The operations of a document; undefined while it cannot be read. */
export function operationsOf(query) {
  if (/^(\s|#.*)*$/.test(query ?? '')) return [];
  try {
    return parse(query).definitions.filter(({ kind }) => kind === 'OperationDefinition');
  } catch {
    return undefined;
  }
}

/**
 * The places of an operation's variables that take a file, in their order: the path from the name of
 * the variable down, the type there, whether it takes many, and what the schema says of it. The items
 * of a list are counted in `variables`.
 */
export function placesOf(schema, operation, variables) {
  return (operation.variableDefinitions ?? []).flatMap(({ variable, type }) => {
    const name = variable.name.value;
    const declared = typeFromAST(schema, type);
    return declared ? [...places(declared, variables?.[name], [name])] : [];
  });
}

function* places(type, value, path, description, within = []) {
  const nullable = getNullableType(type);
  const isMany = isListType(nullable) && takesFile(nullable.ofType);
  if (isMany || takesFile(nullable)) {
    yield { path, type: String(type), isMany, description };
  } else if (isListType(nullable)) {
    // One item may stand for a list of one.
    const isOne = value !== undefined && value !== null && !Array.isArray(value);
    if (isOne) return yield* places(nullable.ofType, value, path, description, within);
    const { length } = value ?? [];
    for (let index = 0; index < Math.max(1, length); index += 1) {
      yield* places(nullable.ofType, value?.[index], [...path, index], description, within);
    }
  } else if (isInputObjectType(nullable)) {
    // A type that holds itself has an end only in the variables.
    if (within.includes(nullable) && !isObject(value)) return;
    for (const field of Object.values(nullable.getFields())) {
      const { name, type: inner } = field;
      yield* places(inner, value?.[name], [...path, name], field.description, [...within, nullable]);
    }
  }
}

const canTakeFile = (type) => !places(type, undefined, []).next().done;

/** For each mutation that takes files, an operation to begin with. */
export function beginnings(schema) {
  const fields = Object.values(schema?.getMutationType()?.getFields() ?? {});
  return fields
    .filter(({ args }) => args.some(({ type }) => canTakeFile(type)))
    .map(({ name, args }) => {
      const needed = args.filter(({ type }) => isNonNullType(type) || canTakeFile(type));
      const declared = needed.map((arg) => `$${arg.name}: ${arg.type}`).join(', ');
      const passed = needed.map((arg) => `${arg.name}: $${arg.name}`).join(', ');
      return { name, operation: `mutation (${declared}) {\n  ${name}(${passed}) {\n    __typename\n  }\n}` };
    });
}

/** The form for `operation`, as it would be sent as JSON, with the `files` of each of the `places`. */
export function formOf(operation, places) {
  const variables = places.reduce(
    (whole, { path, isMany, files }) => put(whole, path, isMany ? files.map(() => null) : null),
    operation.variables,
  );
  const parts = places.flatMap(({ path, isMany, files }) =>
    files.map((file, index) => ({ file, path: ['variables', ...path, ...(isMany ? [index] : [])].join('.') })),
  );
  const form = new FormData();
  form.append('operations', JSON.stringify({ ...operation, variables }));
  form.append('map', JSON.stringify(Object.fromEntries(parts.map(({ path }, index) => [index, [path]]))));
  for (const [index, { file }] of parts.entries()) form.append(index, file);
  return form;
}

/** A copy of `whole` with `value` at the path, and with what has to hold it. */
function put(whole, [name, ...path], value) {
  const held = isObject(whole) ? whole : typeof name === 'number' ? [] : {};
  const copy = Array.isArray(held) ? [...held] : { ...held };
  copy[name] = path.length > 0 ? put(copy[name], path, value) : value;
  return copy;
}
