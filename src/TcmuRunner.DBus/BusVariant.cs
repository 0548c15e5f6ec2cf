// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.DBus;

/// <summary>A value that brings its type along.</summary>
/// <param name="Signature">One complete type, as in <c>s</c> or <c>a{sv}</c>.</param>
/// <param name="Value">The value; see <see cref="BusSignature"/> for what stands for which type.</param>
public sealed record BusVariant(string Signature, object Value);
