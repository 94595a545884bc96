"""Names as lists spell them: a line holds the spellings of one name, in Arabic letters and in Latin ones.

Common words, gathered from how registers of several countries write them; nobody is meant.
"""

from __future__ import annotations

from typing import Final

GROUPS: Final[tuple[tuple[str, ...], ...]] = tuple(
    tuple(part.strip() for part in line.split(","))
    for line in """
محمد, Mohamed, Muhammad, Mohammad, Mohamad, Muhammed
أحمد, Ahmed, Ahmad, Achmed
محمود, Mahmoud, Mahmud, Mahmood
خالد, Khaled, Khalid, Chaled
حسين, Hussein, Husayn, Hussain, Houssein
حسن, Hassan, Hasan
يوسف, Youssef, Yusuf, Yousef, Yousuf
عثمان, Othman, Osman, Uthman
جمال, Jamal, Gamal, Djamel
قاسم, Qasim, Kassem, Gasim, Qassem
عائشة, Aisha, Aicha, Aysha
فاطمة, Fatima, Fatma, Fatimah
خديجة, Khadija, Khadidja, Khadijah
زينب, Zeinab, Zaynab, Zainab
رمضان, Ramadan, Ramazan, Ramadhan
عبد الرحمن, Abdul Rahman, Abdulrahman, Abderrahmane, Abdel Rahman, عبدالرحمن
عبد الله, Abdullah, Abdallah, Abd Allah, عبدالله
نور الدين, Noureddine, Nur al-Din, Nuruddin, Nour Eldin, نورالدين
وليد, Walid, Waleed, Oualid
طارق, Tariq, Tarek, Tareq
شريف, Sharif, Cherif, Sherif
غسان, Ghassan, Gassan, Ghasan
إبراهيم, Ibrahim, Ebrahim, Brahim
إسماعيل, Ismail, Ismael, Esmail
مصطفى, Mustafa, Mostafa, Moustapha
سعيد, Said, Saeed, Saïd
ياسين, Yassin, Yassine, Yasin
رشيد, Rashid, Rachid, Rasheed
شادي, Shadi, Chadi, Shady
نجار, Najjar, Nadjar, Naggar
حداد, Haddad, Hadad
خوري, Khoury, Khouri, Khuri
حلاق, Hallaq, Hallak
صباغ, Sabbagh, Sabagh
مريم, Maryam, Mariam, Meryem
سارة, Sarah, Sara
ليلى, Layla, Leila, Laila
هند, Hind, Hend
رانيا, Rania, Raniya, Ranya
ذو الفقار, Zulfikar, Dhu al-Fiqar, Zulfiqar
توفيق, Tawfiq, Toufik, Tewfik
مروان, Marwan, Merwan, Marouane
بشير, Bashir, Bachir, Basheer
كريم, Karim, Kareem
فيصل, Faisal, Faysal, Fayçal
منصور, Mansour, Mansur
بولس, Boulos, Bulos
نصر الله, Nasrallah, Nasr Allah
جورج, George, Jorge
مازن, Mazen, Mazin
""".strip().splitlines()
)
