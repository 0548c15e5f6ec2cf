// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;
using TcmuRunner.TestKit.Scsi;

namespace TcmuRunner.Scsi.Tests;

public sealed class FuzzTests
{
    /// <summary>How many random commands a run sends; <c>TCMURUNNER_FUZZ_CASES</c> sets another number.</summary>
    private static readonly int s_cases =
        int.TryParse(Environment.GetEnvironmentVariable("TCMURUNNER_FUZZ_CASES"), out int cases) ? cases : 1_000_000;

    /// <summary>
    /// Whatever an initiator sends completes exactly once, without an exception and without a byte outside its buffers. Half of the CDBs are
    /// random, half are a known command with damage; the parameter lists are random or all but right.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Random_commands_complete_once_and_stay_in_their_buffers(int seed)
    {
        var random = new Random(seed);
        var logger = new ListLogger();
        var device = new TestDevice(Expect.Cached with { Capabilities = DeviceCapabilities.Flush | DeviceCapabilities.Unmap | DeviceCapabilities.WriteSame });
        var groups = new TestTargetPortGroups(new TargetPortGroup
        {
            Id = 1,
            State = AsymmetricAccessState.ActiveOptimized,
            SupportedStates = 0x5F,
            IsExplicit = true,
            Ports = [new TargetPort(1, 5, "iqn", 1, true)],
        });
        var environment = new TestEnvironment { TargetPortGroups = groups };
        var options = TestUnit.Options with { Environment = environment, MaximumTransferBlocks = 256, KnowsInitiators = true };
        await using LogicalUnit unit = TestUnit.Open(device, options, logger);
        var nexus = new ItNexus("iqn.test:fuzz", TransportId.ForIscsi("iqn.test:fuzz", [1, 2, 3, 4, 5, 6]), 1);
        unit.AddNexus(nexus, raisePowerOn: true);
        using var task = new TestTask();
        byte[] data = new byte[4096];
        byte[] cdb = new byte[ScsiTask.MaximumCdbLength];

        for (int index = 0; index < s_cases / 2; index++)
        {
            int cdbLength = FillCdb(random, cdb);
            int dataLength = FillData(random, data);
            task.Set(nexus, cdb.AsSpan(0, cdbLength), data.AsSpan(0, dataLength), random.Next(4) == 0 ? random.Next(64) : 4096);

            unit.Execute(task);

            task.Completed();
            device.Calls.Clear();
        }

        Assert.Equal(0, unit.CommandsInFlight);
        Assert.Equal(0, logger.Count(Microsoft.Extensions.Logging.LogLevel.Error));
    }

    private static int FillCdb(Random random, byte[] cdb)
    {
        random.NextBytes(cdb.AsSpan(0, 32));
        if (random.Next(2) == 0)
        {
            return random.Next(1, 33);
        }

        CommandDescriptor command = CommandTable.Commands[random.Next(CommandTable.Commands.Length)];
        for (int index = 0; index < command.CdbLength; index++)
        {
            // Mostly zeros, so that addresses and lengths are often small enough to be legal.
            cdb[index] = (byte)(random.Next(3) == 0 ? cdb[index] & command.UsageMap[index] & random.Next(256) : 0);
        }

        byte[] empty = Expect.EmptyCdb(command);
        for (int index = 0; index < empty.Length; index++)
        {
            cdb[index] |= empty[index];
        }

        cdb[0] = command.OperationCode;
        cdb[command.ControlOffset] = 0;
        if (random.Next(8) == 0)
        {
            cdb[random.Next(command.CdbLength)] ^= (byte)(1 << random.Next(8));
        }

        return random.Next(16) == 0 ? random.Next(1, command.CdbLength + 1) : command.CdbLength;
    }

    private static int FillData(Random random, byte[] data)
    {
        random.NextBytes(data);
        switch (random.Next(7))
        {
            case 0:
                return random.Next(data.Length);
            case 1:
                data.AsSpan().Clear();
                return 512 * random.Next(9);
            case 2: // close to an UNMAP list
                data.AsSpan(0, 24).Clear();
                data[3] = 16;
                data[15] = (byte)random.Next(256);
                data[19] = (byte)random.Next(8);
                return 24;
            case 5: // close to an EXTENDED COPY list
                data.AsSpan(0, 80).Clear();
                data[3] = 32;
                data[11] = 28;
                Expect.Hex("E4 00 0000 01 03 00 10").CopyTo(data, 16);
                UnitIdentity.WriteNaa(data.AsSpan(24), "3b5b1a6e-52c9-4f6b-9a54-9d1c8f0e7a21");
                Expect.Hex("02 00 0018 0000 0000 0000 0004").CopyTo(data, 48);
                data[67] = (byte)random.Next(8);
                data[75] = (byte)random.Next(8);
                data[random.Next(76)] ^= (byte)(random.Next(2) << random.Next(8));
                return 76;
            case 4: // close to a PERSISTENT RESERVE OUT list
                data.AsSpan(0, 64).Clear();
                data[7] = (byte)random.Next(3);
                data[15] = (byte)random.Next(3);
                data[random.Next(24)] ^= (byte)(1 << random.Next(8));
                return random.Next(8) == 0 ? random.Next(64) : 24;
            case 3: // close to a MODE SELECT list
                Expect.Hex("00 00 00 00 08 12 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00").CopyTo(data, 0);
                data[random.Next(24)] ^= (byte)(1 << random.Next(8));
                return 24;
            default:
                return 512 * random.Next(9);
        }
    }
}
