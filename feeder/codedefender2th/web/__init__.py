"""HTTP with bounds, and how long to go on trying: what every conversation with a service needs.

In: a requests session, or one attempt at a call. Out: answers within their time and size, or a fault in
words (`errors`). This room knows no service.
"""
