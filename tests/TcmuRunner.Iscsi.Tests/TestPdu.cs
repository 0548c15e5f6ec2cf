// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Text;
using TcmuRunner.Iscsi.Pdus;

namespace TcmuRunner.Iscsi.Tests;

/// <summary>A PDU of the target.</summary>
internal sealed record TestPdu(byte[] Bytes, byte[] Data)
{
    internal Opcode Opcode => (Opcode)(Bytes[0] & 0x3F);

    internal LoginStatus LoginStatus => (LoginStatus)UInt16(36);

    internal string Text => Encoding.UTF8.GetString(Data).Replace('\0', '|');

    /// <summary>Whether it takes a status number.</summary>
    internal bool HasStatus => Opcode switch
    {
        Opcode.DataIn => (Bytes[1] & 1) != 0,
        Opcode.ReadyToTransfer => false,
        Opcode.NopIn => UInt32(16) != uint.MaxValue,
        _ => true,
    };

    /// <summary>Sense key and additional sense code of a response, as in <c>0x52400</c>.</summary>
    internal int Sense => (Data[2 + 2] & 0x0F) << 16 | BinaryPrimitives.ReadUInt16BigEndian(Data.AsSpan(2 + 12));

    internal ushort UInt16(int offset) => BinaryPrimitives.ReadUInt16BigEndian(Bytes.AsSpan(offset));

    internal uint UInt32(int offset) => BinaryPrimitives.ReadUInt32BigEndian(Bytes.AsSpan(offset));
}
