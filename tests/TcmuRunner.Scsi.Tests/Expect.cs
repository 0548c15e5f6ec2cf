// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;
using TcmuRunner.TestKit.Scsi;

namespace TcmuRunner.Scsi.Tests;

/// <summary>What the tests of commands have in common.</summary>
internal static class Expect
{
    public const int BlockSize = 512;
    public const int BlockCount = 2048;

    /// <summary>A volatile cache, every capability.</summary>
    public static DeviceCharacteristics Cached { get; } = new()
    {
        SizeBytes = BlockCount * BlockSize,
        HasVolatileWriteCache = true,
        Capabilities = DeviceCapabilities.Flush | DeviceCapabilities.Unmap | DeviceCapabilities.Resize,
    };

    public static void Good(TestTask task) => Assert.Equal(ScsiStatus.Good, task.Status);

    /// <summary>Checks the sense data; <paramref name="sense"/> as in <c>5 21/00</c>.</summary>
    public static void Sense(string sense, TestTask task)
    {
        Assert.Equal(ScsiStatus.CheckCondition, task.Status);
        Assert.Equal(0x70, task.Sense[0] & 0x7F);
        Assert.Equal(sense, $"{(int)task.SenseKey:X} {task.Sense[12]:X2}/{task.Sense[13]:X2}");
    }

    /// <summary>Checks the returned data against hex with spaces and line ends.</summary>
    public static void Data(string hex, TestTask task)
    {
        Good(task);
        Assert.Equal(Hex(hex), task.Returned.ToArray());
    }

    public static byte[] Hex(string hex) => Convert.FromHexString(string.Concat(hex.Where(char.IsAsciiHexDigit)));

    public static byte[] Random(int length, int seed = 1)
    {
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    public static uint Information(TestTask task)
    {
        Assert.True((task.Sense[0] & 0x80) != 0, "INFORMATION is not valid.");
        return (uint)((task.Sense[3] << 24) | (task.Sense[4] << 16) | (task.Sense[5] << 8) | task.Sense[6]);
    }

    /// <summary>A command's CDB with nothing but operation code, service action and what its length needs.</summary>
    public static byte[] EmptyCdb(CommandDescriptor command)
    {
        byte[] cdb = new byte[command.CdbLength];
        cdb[0] = command.OperationCode;
        if (command.OperationCode == CommandTable.VariableLength)
        {
            cdb[7] = (byte)(command.CdbLength - 8);
            cdb[9] = (byte)command.ServiceAction;
        }
        else
        {
            cdb[1] = (byte)Math.Max(command.ServiceAction, 0);
        }

        return cdb;
    }
}
