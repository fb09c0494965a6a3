—q±Â
böÊ	ù4ìFüåH±uÖU)³ÕQ²H9rArF¬u^õ²Py=±ŒŸƒJ¤lÁòh6Ìk á