-- Jobs are found by what they are for, by its catalogue id: 36 characters. Work that is named by a word is not in here.
CREATE INDEX orders_product ON orders (account, state, service{then_serial}) WHERE length(service) = 36;
