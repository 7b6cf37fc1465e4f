import{explorerPlugin as h}from"./vendor-GERA6SW2.js";import{createGraphiQLFetcher as m}from"./vendor-GERA6SW2.js";import{GraphiQL as d}from"./vendor-GERA6SW2.js";import{createRoot as f}from"./vendor-GERA6SW2.js";var c=[{query:`# One walk over all three systems: units of Propstack with
# their people and documents, the handover protocols
# deep.rent holds about them, and the Propstreet projects
# that market them, with prospects. Press Ctrl+Enter to
# run it.
query ThreeSystems($first: Int! = 5) {
  properties(first: $first, orderBy: { field: ID }) {
    nodes {
      source { system id }
      reference
      name
      address { formatted }
      status { name }
      contacts(first: 3) {
        edges {
          role
          node { name emails }
        }
      }
      documents(first: 3) {
        nodes { title isPrivate }
      }
      protocols(first: 3) {
        edges {
          match { by confidence }
          node {
            source { system id }
            cause
            createdAt
            contacts { firstName lastName role }
          }
        }
      }
      projects(first: 3) {
        edges {
          match { by confidence }
          node {
            source { system id }
            name
            status
            prospects(first: 3) {
              nodes {
                classification
                investor { name companyName }
              }
            }
          }
        }
      }
    }
  }
}
`,variables:null},{query:`# Units for sale, the dearest first, five at a time. To
# turn the page, put the \`endCursor\` of the answer into
# the variable \`after\`; the cursor of any edge works as
# well.
query ForSale($filter: PropertyFilter, $orderBy: PropertyOrder, $first: Int!, $after: String) {
  properties(filter: $filter, orderBy: $orderBy, first: $first, after: $after) {
    totalCount
    pageInfo { hasNextPage endCursor }
    edges {
      cursor
      node {
        reference
        title
        kind
        address { street houseNumber postalCode city }
        areas { livingSqm }
        rooms { total floor }
        sale {
          price { amount currency }
          pricePerSqm { amount currency }
        }
        development { title }
        broker { name }
      }
    }
  }
}
`,variables:`{
  "filter": { "offer": "SALE", "price": { "max": 900000 } },
  "orderBy": { "field": "PRICE", "direction": "DESC" },
  "first": 5,
  "after": null
}
`},{query:`# Handover protocols of deep.rent, each with its unit in
# Propstack. \`propertyMatch\` says what joined the two and
# how sure that is; where several units could be meant
# there is no edge: both fields are null.
query ProtocolToProperty($first: Int! = 10) {
  protocols(first: $first) {
    nodes {
      cause
      createdAt
      object {
        name
        address { formatted }
      }
      contacts {
        role
        firstName
        lastName
        contact { name roles }
      }
      propertyMatch { by confidence }
      property {
        reference
        name
        address { formatted }
      }
    }
  }
}
`,variables:null},{query:`# Open projects of Propstreet with their prospects: the
# investor in Propstreet's network beside the same person
# in Propstack, joined by reference or e-mail, and the
# units that are for sale.
query ProjectProspects($first: Int! = 3) {
  projects(filter: { status: OPEN }, first: $first) {
    nodes {
      name
      classification
      mandate
      asset { type propertyCount }
      price { amount currency }
      priceRange { minAmount maxAmount currency }
      teaser { stage publishedAt }
      prospects(first: 5) {
        nodes {
          classification
          origin
          investor { name companyName email tags }
          contactMatch { by confidence }
          contact { name phones { number } }
        }
      }
      properties(first: 5) {
        edges {
          match { by confidence }
          node { reference name }
        }
      }
    }
  }
}
`,variables:null},{query:`# Everything about one person: the units in Propstack and
# the role played in each, the protocols of deep.rent that
# name them, and the projects of Propstreet they are a
# prospect of.
query OneContact {
  contacts(filter: { kinds: [OWNER] }, first: 1) {
    nodes {
      name
      company
      emails
      phones { kind number }
      address { formatted }
      status { name kind }
      roles
      gdprStatus
      properties(first: 5) {
        edges {
          role
          node { reference name }
        }
      }
      protocols(first: 5) {
        edges {
          match { by confidence }
          node {
            cause
            createdAt
            property { reference }
          }
        }
      }
      prospects(first: 5) {
        edges {
          match { by confidence }
          node {
            classification
            project { name status }
          }
        }
      }
    }
  }
}
`,variables:null},{query:`# Every record has a global id. Run this once, copy ids
# from the answer into the variable \`ids\` and run it
# again: \`nodes\` reads records of any kind, in the order
# in which they were asked for.
query ById($ids: [ID!]!) {
  properties(first: 2) {
    nodes { id }
  }
  protocols(first: 2) {
    nodes { id }
  }
  projects(first: 2) {
    nodes { id }
  }
  nodes(ids: $ids) {
    id
    __typename
    ... on Property { reference title }
    ... on Protocol { cause createdAt }
    ... on Project { name etag }
  }
}
`,variables:`{
  "ids": []
}
`},{query:`# When was each record fetched, and from where? Run it
# twice and watch \`servedFrom\`. A system that is down
# costs only its own field: null, with a code in \`errors\`.
# The others still answer.
query Freshness {
  properties(first: 2) {
    nodes {
      reference
      freshness { ...Answer }
    }
  }
  protocols(first: 2) {
    nodes {
      cause
      freshness { ...Answer }
    }
  }
  projects(first: 2) {
    nodes {
      name
      freshness { ...Answer }
    }
  }
}

fragment Answer on Freshness {
  fetchedAt
  servedFrom
  isStale
}
`,variables:null},{query:`# For administrators: asks a system whether it accepts the
# credentials, and what they may do. What the last check
# of each system found is in the root \`integrations\` of a
# query.
mutation CheckIntegration($input: CheckIntegrationInput!) {
  checkIntegration(input: $input) {
    integration {
      system
      status
      isConfigured
      checkedAt
      permissions
      keyHint
      problem
    }
    errors { code message path }
  }
}
`,variables:`{
  "input": { "system": "PROPSTACK" }
}
`},{query:`# For administrators: a token for a partner's program. Its
# \`secret\` is in this answer and never again. The root
# \`accessTokens\` lists those that there are, and
# \`revokeAccessToken\` takes one back.
mutation CreateToken($input: CreateAccessTokenInput!) {
  createAccessToken(input: $input) {
    secret
    accessToken {
      id
      name
      hint
      role
      scopes
      createdBy
      createdAt
      expiresAt
      lastUsedAt
    }
    errors { code message path }
  }
}
`,variables:`{
  "input": {
    "name": "Portal of a partner",
    "role": "PARTNER",
    "scopes": ["PROPERTY_READ", "DOCUMENT_READ"]
  }
}
`},{query:`# For administrators: how the systems are connected, which
# tokens there are, and who did what. Run the two tabs
# before this one first.
query Administration {
  integrations {
    system
    status
    isConfigured
    checkedAt
    permissions
    keyHint
    problem
  }
  accessTokens {
    id
    name
    hint
    role
    scopes
    expiresAt
    lastUsedAt
  }
  auditLog(first: 20) {
    nodes {
      at
      actor
      action
      target
      outcome
    }
  }
}
`,variables:null}];import{jsx as n,jsxs as i}from"./vendor-GERA6SW2.js";var u=[h({showAttribution:!1})];function y(){return i("svg",{className:"wordmark-mark",viewBox:"0 0 24 24","aria-hidden":"true",children:[n("path",{d:"M4.5 20.5V11L12 4l7.5 7v9.5zM4.5 11l7.5 3.5 7.5-3.5M12 14.5v6"}),n("circle",{cx:"12",cy:"4",r:"2.3"}),n("circle",{cx:"4.5",cy:"11",r:"2.3"}),n("circle",{cx:"19.5",cy:"11",r:"2.3"}),n("circle",{cx:"12",cy:"14.5",r:"2.3"})]})}function g({simulated:e}){return i("div",{className:"wordmark",children:[e&&n("span",{className:"simulated",title:"Propstack, deep.rent and Propstreet are played by this program; the data is invented.",children:"simulated upstreams"}),n(y,{}),n("h1",{children:"Hausgraph"})]})}function k(e,o){let s=m({url:e});return(t,r={})=>{let a=t.operationName==="IntrospectionQuery"&&!r.headers;return s(t,a?{...r,headers:o}:r)}}function b({graphql:e,token:o,simulated:s}){let t={Authorization:`Bearer ${o??""}`},r=JSON.stringify(t,null,2);return n(d,{fetcher:k(e,t),plugins:u,defaultTabs:c.map(a=>({...a,headers:r})),defaultHeaders:r,defaultEditorToolsVisibility:o?"variables":"headers",inputValueDeprecation:!0,schemaDescription:!0,children:n(d.Logo,{children:n(g,{simulated:s})})})}async function w(){let e=await fetch("/playground/config.json");if(!e.ok)throw new Error(`/playground/config.json answered ${e.status}`);return e.json()}var l=f(document.getElementById("playground"));w().then(e=>l.render(n(b,{...e})),e=>l.render(i("p",{className:"unreachable",role:"alert",children:["The gateway does not answer: ",e.message]})));
