"""What publishers' records say, one room a kind of record, for all the sources that show it.

`bill_records` and `congress_records` (bills, and what Congress.gov says of them and more), `packages` (GovInfo),
`register_documents` (Federal Register), `opportunities` (Grants.gov); `amounts` are sums of money in any of them.
"""
