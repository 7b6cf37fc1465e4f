// The libraries of the page, bundled by themselves: every name that the page imports from a package.
export { explorerPlugin } from '@graphiql/plugin-explorer';
export { MarkdownContent, useEditorContext, useSchemaStore } from '@graphiql/react';
export { createGraphiQLFetcher } from '@graphiql/toolkit';
export { GraphiQL } from 'graphiql';
export { getNullableType, isInputObjectType, isListType, isNonNullType, parse, typeFromAST } from 'graphql';
export { createRef, useEffect, useId, useMemo, useRef, useState, useSyncExternalStore } from 'react';
export { createRoot } from 'react-dom/client';
export { Fragment, jsx, jsxs } from 'react/jsx-runtime';
