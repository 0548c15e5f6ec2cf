// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using TcmuRunner.Iscsi.Pdus;
using TcmuRunner.Iscsi.Sessions;

namespace TcmuRunner.Iscsi.Tests;

/// <summary>
/// Initiators that break the protocol at random: whatever they send, the front lives, forgets them, gives their memory back, and serves
/// another initiator the while. A failing run names its seed. <c>FUZZ_CASES</c> sets how many PDUs are sent.
/// </summary>
public sealed class FuzzTests
{
    private const int DefaultCases = 20_000;
    private const int CasesBetweenChecks = 2_000;

    private static readonly string[] s_logins =
    [
        "InitiatorName=iqn.2026-11.test:fuzz|SessionType=Normal|TargetName=iqn.2026-11.test:disk|",
        "InitiatorName=iqn.2026-11.test:fuzz|SessionType=Discovery|HeaderDigest=CRC32C,None|",
        "InitiatorName=iqn.2026-11.test:fuzz|TargetName=iqn.2026-11.test:disk|HeaderDigest=CRC32C|DataDigest=CRC32C|MaxConnections=2|",
        "InitiatorName=iqn.2026-11.test:fuzz|TargetName=iqn.2026-11.test:disk|InitialR2T=No|FirstBurstLength=1024|MaxBurstLength=2048|",
        "InitiatorName=iqn.2026-11.test:fuzz|AuthMethod=CHAP,None|CHAP_A=5|TargetName=iqn.2026-11.test:disk|",
    ];

    private static readonly Opcode[] s_requests =
    [
        Opcode.NopOut, Opcode.ScsiCommand, Opcode.ScsiCommand, Opcode.ScsiCommand, Opcode.ScsiCommand, Opcode.TaskManagementRequest,
        Opcode.LoginRequest, Opcode.TextRequest, Opcode.DataOut, Opcode.DataOut, Opcode.LogoutRequest, Opcode.SnackRequest,
    ];

    private static readonly byte[][] s_cdbs = Array.ConvertAll(
        new[]
        {
            "28000000000000000800", "2A000000000000000800", "12000000FF00", "A00000000000000000FF0000", "25000000000000000000",
            "42000000000000001800", "9E100000000000000000000000200000", "7F0000000000001800090000000000000000000000000000", "2E000000000000000100",
            "5F0000000000000018", "1A003F00FF00", "0A0000000800", "88000000000000000000000000080000", "000000000000",
        },
        Convert.FromHexString);

    // Seeds that have found something stay here; the others are new ones each day of the year.
    public static TheoryData<int> Seeds => [1, 2, 7, DateTime.UtcNow.DayOfYear + 1000];

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Whatever_an_initiator_sends_the_front_goes_on(int seed)
    {
        int cases = int.TryParse(Environment.GetEnvironmentVariable("FUZZ_CASES"), CultureInfo.InvariantCulture, out int wanted) ? wanted : DefaultCases;
        cases /= Seeds.Count;
        var logger = new CountingLogger();
        var options = new IscsiFrontOptions { LoopCount = 2, StopLimit = TimeSpan.FromSeconds(5), MemoryLimitBytes = 32 << 20 };
        await using (TestFront front = await TestFront.StartAsync(options: options, logger: logger))
        {
            TestInitiator witness = front.LogIn();
            var random = new Random(seed);
            for (int done = 0; done < cases;)
            {
                done += SendUntilClosed(front, random, Math.Min(cases - done, CasesBetweenChecks));
                Assert.True(CanRead(front, ref witness), $"Seed {seed}, case {done}.");
            }

            witness.Dispose();
            await CheckMemoryAsync(front, seed);
        }

        Assert.True(logger.Errors.IsEmpty, $"Seed {seed}: {string.Join('\n', logger.Errors)}");
    }

    // Resets that the others ask for are told to everybody, and TARGET COLD RESET ends everybody's session.
    private static bool CanRead(TestFront front, ref TestInitiator witness)
    {
        for (int attempt = 0; attempt < 4; attempt++)
        {
            try
            {
                (byte status, _, TestPdu last) = witness.Read("28 00 00 00 00 00 00 00 01 00", 512);
                if (status == 0)
                {
                    return true;
                }

                Assert.Equal(0x6, last.Sense >> 16);
            }
            catch (IOException)
            {
                witness.Dispose();
                witness = front.LogIn();
            }
        }

        return false;
    }

    private static int SendUntilClosed(TestFront front, Random random, int most)
    {
        using var initiator = new TestInitiator(front.Portal) { SessionId = (ulong)random.Next(4) };
        initiator.Socket.Blocking = true;
        initiator.Socket.SendTimeout = 2000;
        int sent = 0;
        try
        {
            if (random.Next(20) != 0)
            {
                string login = s_logins[random.Next(s_logins.Length)];
                initiator.SendLogin(random.Next(8) == 0 ? (byte)random.Next(256) : (byte)0x87, random.Next(8) == 0 ? Mutate(login, random) : login);
                sent++;
            }

            byte[] sink = new byte[64 << 10];
            for (; sent < most; sent++)
            {
                SendOne(initiator, random);
                while (initiator.Socket.Available > 0)
                {
                    if (initiator.Socket.Receive(sink) == 0)
                    {
                        return sent + 1;
                    }
                }

                if (random.Next(200) == 0)
                {
                    break;
                }
            }
        }
        catch (Exception exception) when (exception is IOException or SocketException)
        {
            // Cut off: as it should be.
            return sent + 1;
        }

        return Math.Max(sent, 1);
    }

    private static void SendOne(TestInitiator initiator, Random random)
    {
        Opcode opcode = s_requests[random.Next(s_requests.Length)];
        byte[] header = initiator.Header(opcode, (byte)(random.Next(4) == 0 ? random.Next(256) : 0x80 | random.Next(8) << 4), (uint)random.Next(4) switch
        {
            0 => uint.MaxValue,
            1 => (uint)random.Next(1 << 16),
            _ => (uint)random.Next(8) * 512,
        }, isImmediate: random.Next(3) == 0, tag: (uint)random.Next(16));
        int length = random.Next(3) switch { 0 => 0, 1 => random.Next(64), _ => random.Next(9) * 512 };
        if (opcode == Opcode.ScsiCommand)
        {
            byte[] cdb = s_cdbs[random.Next(s_cdbs.Length)];
            cdb.AsSpan(0, Math.Min(16, cdb.Length)).CopyTo(header.AsSpan(32));
            bool isImmediate = (header[0] & 0x40) != 0;
            initiator.CommandNumber += isImmediate ? 0u : 1u;
            length = (header[1] & 0x20) != 0 ? length : 0;
        }

        if (opcode == Opcode.DataOut)
        {
            BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(36), (uint)random.Next(3));
            BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(40), (uint)random.Next(5) * 512);
        }

        byte[] data = new byte[length];
        if (opcode is Opcode.TextRequest or Opcode.LoginRequest)
        {
            data = Encoding.UTF8.GetBytes(Mutate("SendTargets=All|X=Y|MaxRecvDataSegmentLength=8192|", random).Replace('|', '\0'));
        }

        for (int flips = random.Next(6) == 0 ? random.Next(1, 8) : 0; flips > 0; flips--)
        {
            header[random.Next(48)] ^= (byte)(1 << random.Next(8));
        }

        if (random.Next(30) == 0)
        {
            // Additional header segments of any kind, with lengths that may lie.
            header[4] = (byte)random.Next(1, 6);
            byte[] segments = new byte[header[4] * 4];
            random.NextBytes(segments);
            segments[0] = 0;
            segments[2] = (byte)random.Next(4);
            BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(4), ((uint)header[4] << 24) | (uint)data.Length);
            initiator.SendRaw([.. header, .. segments, .. data, .. new byte[-data.Length & 3]]);
            return;
        }

        if (random.Next(25) == 0)
        {
            // A length that is not true: what follows is taken for data, or data for a header.
            BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(4), (uint)random.Next(1 << 12));
            initiator.SendRaw(header);
            return;
        }

        initiator.Send(header, data);
    }

    private static string Mutate(string text, Random random)
    {
        char[] characters = text.ToCharArray();
        for (int count = random.Next(1, 6); count > 0; count--)
        {
            characters[random.Next(characters.Length)] = (char)random.Next(128);
        }

        string mutated = new(characters);
        return random.Next(4) == 0 ? string.Concat(Enumerable.Repeat(mutated, random.Next(1, 40))) : mutated;
    }

    private static async Task CheckMemoryAsync(TestFront front, int seed)
    {
        long deadline = Environment.TickCount64 + 20_000;
        foreach (Hub hub in front.Front.Services.Hubs)
        {
            long rented = -1;
            while (rented != 0 && Environment.TickCount64 < deadline)
            {
                await hub.Loop.InvokeAsync(() => rented = hub.Buffers.RentedBytes);
            }

            Assert.True(rented == 0, $"Seed {seed}: {rented} bytes are not given back.");
            Assert.InRange(hub.Buffers.FreeBytes, 0, 32 << 20);
        }
    }
}
