// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;

[assembly: Handler(typeof(TcmuRunner.Handlers.Odd.NoHandler))]
[assembly: Handler(typeof(TcmuRunner.Handlers.Odd.ShoutingHandler))]
[assembly: Handler(typeof(TcmuRunner.Handlers.Odd.ThrowingHandler))]
[assembly: Handler(typeof(TcmuRunner.Handlers.Odd.OddHandler))]
[assembly: Handler(typeof(TcmuRunner.Handlers.Odd.PeculiarHandler))]

namespace TcmuRunner.Handlers.Odd;

/// <summary>Is named as a handler and is none.</summary>
public sealed class NoHandler;
