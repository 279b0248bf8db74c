SELECT name, COALESCE(SUM(cents), 0) AS total
FROM customers LEFT JOIN orders ON customers.id = customer_id
GROUP BY customers.id
ORDER BY total DESC, name;
